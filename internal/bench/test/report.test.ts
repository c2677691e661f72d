import { describe, expect, it, vi } from 'vitest'
import { figure } from '../src/measuring/figures.ts'
import { readOptions } from '../src/options.ts'
import { readMachine } from '../src/report/machine.ts'
import { toMarkdown } from '../src/report/markdown.ts'
import { drawPicture } from '../src/report/picture.ts'
import type { Run } from '../src/report/report.ts'
import { lowerable, missed, runScenario } from '../src/run.ts'
import type { Bench, Scenario, Section } from '../src/scenario.ts'
import { scenarios } from '../src/scenarios/all.ts'

// Fixed ones, because the accepted values fall with each improvement.
vi.mock('../src/goals.ts', async (importOriginal) => {
  const { goals, ...rest } = await importOriginal<typeof import('../src/goals.ts')>()
  const fixed = {
    'call of 1 MiB / undici': { better: 'less', goal: 1.4, accepted: 32 },
    'uncached / jose': { better: 'less', goal: 0.7, why: 'a reason.' },
  }
  return { ...rest, goals: { ...goals, ...fixed } }
})

const measured = ['undici', 'global fetch', 'secureFetch'].map((name, index) => {
  return { name: `words: ${name}`, wallUs: [100 + index], cpuUs: [50 * (index + 1)] }
})
const section = (...figures: Section['figures']): Section => ({ title: 'Calls', figures, measured })
const pace = { rounds: 1, roundMs: 1, warmUpMs: 1 }
const bench: Bench = { checkouts: [], pace, quick: true }
const runOf = (...figures: Section['figures']): Run => ({
  machine: readMachine().finish(),
  pace,
  quick: false,
  results: [{ name: 'calls', method: 'How.', sections: [section(...figures)] }],
})

describe('the report', () => {
  it('names the machine, the versions, the load, the goals and whether they are reached', () => {
    const text = toMarkdown(
      runOf(figure('good', 0.5, '×', 'uncached / jose'), figure('bad', 2, '×', 'uncached / jose')),
    )
    expect(text).toContain(`Node.js ${process.version.slice(1)}`)
    expect(text).toMatch(/jose \d+\.\d+\.\d+, fast-jwt \d+\.\d+\.\d+/)
    expect(text).toMatch(/Load of the machine: [\d.]+ at the start/)
    expect(text).toContain('| Calls: good | 0.50 × | ≤ 0.70 × |  | reached |')
    expect(text).toContain('| Calls: bad | 2 × | ≤ 0.70 × |  | **not reached** |')
    expect(text).toContain('| words: secureFetch | 102 µs | 150 µs | 9,804 |')
  })

  it('says why a goal is not reached, once, and what the guards alone need', () => {
    const bad = figure('bad', 2, '×', 'uncached / jose')
    const text = toMarkdown(runOf({ ...bad, floor: 1.5 }, { ...bad, name: 'worse' }))
    expect(text).toContain('| Calls: bad | 2 × | ≤ 0.70 × | 1.50 × | **not reached** |')
    expect(text.split('- **uncached / jose**: a reason.')).toHaveLength(2)
    expect(toMarkdown(runOf(figure('good', 0.5, '×', 'uncached / jose')))).not.toContain(
      'Why goals',
    )
  })

  it('has a picture of the calls, and says so where none was measured', () => {
    const svg = drawPicture(runOf())
    expect(svg).toMatch(/^<svg [^>]*xmlns="http:\/\/www\.w3\.org\/2000\/svg"/)
    expect(svg).toContain('secureFetch')
    expect(svg).toContain('words')
    expect(() => drawPicture({ ...runOf(), results: [] })).toThrow('were not measured')
  })
})

describe('a judgement', () => {
  it.each([
    ['a ratio within the head-room', figure('f', 0.8, '×', 'uncached / jose'), 0],
    ['a ratio far beyond its goal', figure('f', 50, '×', 'uncached / jose'), 1],
    ['a value that is not a number', figure('f', Number.NaN, '×', 'uncached / jose'), 1],
    ['a lost call', figure('f', 1, 'calls', 'calls lost'), 1],
    ['too many requests', figure('f', 2, 'requests', 'requests of a stampede'), 1],
    ['memory, which depends on the machine', figure('f', 900, 'MiB', 'NDJSON reader, memory'), 0],
    ['a ratio without a goal', figure('f', 900, '×'), 0],
  ])('of %s counts %j as %d missed', (_, each, count) => {
    expect(missed([section(each)])).toHaveLength(count)
  })

  it.each([
    ['far below what is accepted', [figure('f', 1, '×', 'call of 1 MiB / undici')], ['f']],
    ['at what is accepted', [figure('f', 32, '×', 'call of 1 MiB / undici')], []],
    [
      'far below in one case only',
      [
        figure('f', 1, '×', 'call of 1 MiB / undici'),
        figure('g', 31, '×', 'call of 1 MiB / undici'),
      ],
      [],
    ],
    [
      'better than a goal without an exception',
      [figure('f', 1, 'requests', 'requests in an outage')],
      [],
    ],
  ])('calls an accepted value out of date where the code is %s', (_, figures, names) => {
    const found = lowerable([section(...figures)])
    expect([...found.values()].map(({ name }) => name)).toEqual(names)
  })

  it('measures a scenario once more when it missed, and no third time', async () => {
    const values = [50, 0.5]
    const scenario: Scenario = {
      name: 'once-slow',
      method: 'How.',
      run: async () => [section(figure('f', values.shift() ?? 99, '×', 'uncached / jose'))],
    }
    const result = await runScenario(scenario, bench, true)
    expect(result.sections[0]?.figures[0]?.value).toBe(0.5)
    values.push(50, 60, 0.5)
    const slow = await runScenario(scenario, bench, true)
    expect(missed(slow.sections)).toHaveLength(1)
    expect(values).toEqual([0.5])
  })

  it('does not measure twice where nobody judges', async () => {
    let runs = 0
    const run = async () => [section(figure('f', ++runs * 50, '×', 'uncached / jose'))]
    await runScenario({ name: 'slow', method: 'How.', run }, bench, false)
    expect(runs).toBe(1)
  })
})

describe('the command line', () => {
  it('runs every scenario unless some are named', () => {
    expect(readOptions([], scenarios).scenarios).toEqual(scenarios)
    const { scenarios: named, quick } = readOptions(
      ['--only', 'verify, tools', '--quick'],
      scenarios,
    )
    expect(named.map(({ name }) => name)).toEqual(['verify', 'tools'])
    expect(quick).toBe(true)
  })

  it.each([
    [['--only', 'verfy'], 'There is no scenario "verfy". Use --only with names of: calls,'],
    [['--only', ''], 'There is no scenario "".'],
    [['--only', 'verify,'], 'There is no scenario "".'],
    [['--write', '--quick'], 'Use --write without --quick, --only and --against.'],
    [['--write', '--only', 'verify'], 'Use --write without'],
    [['--write', '--against', '..'], 'Use --write without'],
    [['--asert'], "Unknown option '--asert'"],
  ])('refuses %j', (args, message) => {
    expect(() => readOptions(args, scenarios)).toThrow(message)
  })

  it('has one name for each scenario', () => {
    const names = scenarios.map(({ name }) => name)
    expect(new Set(names).size).toBe(names.length)
  })
})
