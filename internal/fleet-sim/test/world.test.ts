import { createRandom } from '@authsec-internal/test-kit'
import { describe, expect, it } from 'vitest'
import { pullsPerHour } from '../src/capacity.ts'
import { readOptions } from '../src/options.ts'
import { drawChart } from '../src/report/chart.ts'
import { withFigures } from '../src/report/document.ts'
import { run } from '../src/run.ts'
import { HOUR, setup } from '../src/setup.ts'
import { EventQueue } from '../src/world/event-queue.ts'
import { VirtualTime } from '../src/world/virtual-time.ts'

describe('the event queue', () => {
  it('gives events by their time, and those of one time in the order in which they came', () => {
    const random = createRandom(7)
    const queue = new EventQueue()
    const times = Array.from({ length: 1_000 }, () => Math.floor(random() * 50))
    for (const at of times) queue.add(at, () => undefined)
    const taken = Array.from({ length: 1_000 }, () => queue.take())
    const sorted = taken.toSorted((a, b) => {
      return (a?.at ?? 0) - (b?.at ?? 0) || (a?.order ?? 0) - (b?.order ?? 0)
    })
    expect(taken).toEqual(sorted)
    expect(taken.map((event) => event?.at)).toEqual(times.toSorted((a, b) => a - b))
    expect(queue.take()).toBeUndefined()
  })
})

describe('virtual time', () => {
  it('lets each event finish before the next one happens', async () => {
    const time = new VirtualTime()
    const seen: string[] = []
    time.at(1, () => {
      void Promise.resolve()
        .then(() => Promise.resolve())
        .then(() => seen.push(`of 1 at ${time.now}`))
    })
    time.at(2, () => seen.push(`2 at ${time.now}`))
    time.at(3, () => seen.push('cancelled'))()
    await time.runUntil(10)
    expect(seen).toEqual(['of 1 at 1', '2 at 2'])
    expect(time.now).toBe(10)
  })
})

describe('a run', () => {
  it.each([
    { course: 'storm', agents: 60, measuredMs: HOUR },
    { course: 'day', agents: 20, measuredMs: 4 * HOUR },
    { course: 'day', agents: 8, processes: 4, spread: 4, store: 'shared', measuredMs: 3 * HOUR },
    { course: 'outage', agents: 20, measuredMs: 3 * HOUR, eventMs: HOUR },
  ] as const)('of a $course gives the same figures whatever ran before it', async (given) => {
    const { summary } = await run(setup(given))
    await run(setup({ course: 'day', agents: 7, measuredMs: HOUR }))
    expect((await run(setup(given))).summary).toEqual(summary)
    expect((await run(setup({ ...given, seed: 2 }))).summary).not.toEqual(summary)
  })

  it('shows what happens where processes behind one address do not divide the limit', async () => {
    const storm = { course: 'storm', agents: 300, lifeMs: 12 * HOUR, measuredMs: HOUR } as const
    const four = { ...storm, processes: 4, processesPerAddress: 4, patienceMs: HOUR }
    const { summary } = await run(setup(four))
    const divided = await run(setup({ ...four, requestsPerMinute: 25 }))
    expect(summary.throttled).toBeGreaterThan(10)
    expect(divided.summary.throttled).toBe(0)
    expect([summary.failed, divided.summary.failed]).toEqual([0, 0])
  })

  it('shows failed calls in an outage that is longer than the tokens, and none while they last', async () => {
    const given = { course: 'outage', agents: 50, measuredMs: 3 * HOUR, eventMs: HOUR } as const
    const short = await run(setup({ ...given, lifeMs: HOUR / 2 }))
    const long = await run(setup({ ...given, lifeMs: 12 * HOUR }))
    expect(short.summary.failed).toBeGreaterThan(100)
    expect([long.summary.failed, short.summary.failedWithToken]).toEqual([0, 0])
  })

  it('pulls for a process that is replaced, unless the token is in a shared store', async () => {
    const given = { course: 'deploy', agents: 20, processes: 4, processesPerAddress: 4 } as const
    const more = { ...given, lifeMs: 12 * HOUR, measuredMs: 2 * HOUR, eventMs: 600_000 }
    const alone = await run(setup(more))
    const shared = await run(setup({ ...more, store: 'shared' }))
    expect(alone.summary.pulls).toBeGreaterThanOrEqual(20)
    expect(shared.summary.pulls).toBeLessThan(15)
  })

  it('asks as often as the pace says for agents that are always in use', async () => {
    const given = { agents: 20, callsPerHour: 600, measuredMs: 20 * HOUR } as const
    const { summary } = await run(setup(given))
    const expected = 20 * 20 * pullsPerHour(HOUR, 0.6)
    expect(summary.pulls / expected).toBeGreaterThan(0.9)
    expect(summary.pulls / expected).toBeLessThan(1.1)
  })
})

describe('what pnpm fleet writes', () => {
  it('stands between its marks, and nothing else changes', () => {
    const [begin, end] = [
      '<!-- Written by `pnpm fleet --write`; do not edit until the end mark. -->',
      '<!-- End of what `pnpm fleet --write` wrote. -->',
    ]
    const once = withFigures(`# A\n\n${begin}\nold\n${end}\nrest\n`, 'new')
    expect(once).toBe(`# A\n\n${begin}\n\nnew\n\n${end}\nrest\n`)
    expect(withFigures(once, 'new')).toBe(once)
    for (const page of ['', begin, end, `${end}${begin}`, `${begin}${end}${begin}${end}`]) {
      expect(() => withFigures(page, 'new')).toThrow('once each')
    }
  })

  it('is a picture for light and dark pages, without markup from names', () => {
    const svg = drawChart({ title: 'a < b & c', lines: [{ name: '<x>', values: [0, 90, 3] }] })
    expect(svg).toContain('prefers-color-scheme: dark')
    expect(svg).toContain('a &lt; b &amp; c')
    expect(svg).not.toContain('<x>')
    expect(svg).not.toContain('NaN')
  })

  it('is never a part of the matrix', () => {
    for (const args of [
      ['--write', '--quick'],
      ['--write', '--only', 'day'],
      ['--seed', 'x'],
    ]) {
      expect(() => readOptions(args)).toThrow(/whole/)
    }
    expect(() => readOptions(['--only', 'night'])).toThrow('--only takes')
    expect(readOptions(['--quick']).scenarios.length).toBeGreaterThan(5)
  })
})
