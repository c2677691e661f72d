import { describe, expect, it } from 'vitest'
import { HEAD_ROOM } from '../src/goals.ts'
import { compare, difference, figure, median, ratio, used } from '../src/measuring/figures.ts'
import { inFlight, inTurn, type Measurement, measure, oneByOne } from '../src/measuring/measure.ts'

const pace = { rounds: 3, roundMs: 0.2, warmUpMs: 0.2 }
const row = (name: string, ...us: number[]): Measurement => ({ name, wallUs: us, cpuUs: us })

describe('a measurement', () => {
  it('has one value per round for each subject, which take turns', async () => {
    const order: string[] = []
    const subject = (name: string) => ({
      name,
      run: oneByOne(() => {
        if (order.at(-1) !== name) order.push(name)
        const end = performance.now() + 0.3
        while (performance.now() < end);
      }),
    })
    const [a, b] = await measure([subject('a'), subject('b')], pace)
    expect(a?.wallUs).toHaveLength(3)
    expect(b?.cpuUs).toHaveLength(3)
    // Warm-up of each, then a b, b a, a b.
    expect(order).toEqual(['a', 'b', 'a', 'b', 'a', 'b'])
    expect(median(a?.wallUs ?? [])).toBeGreaterThan(250)
  })

  it('takes the CPU of another process where the subject names it', async () => {
    let cpu = 0
    let calls = 0
    const run = oneByOne(() => {
      calls += 1
      cpu += 7
      const end = performance.now() + 0.1
      while (performance.now() < end);
    })
    const [only] = await measure([{ name: 'remote', run, cpuUs: async () => cpu }], pace)
    expect(only?.cpuUs).toEqual([7, 7, 7])
    expect(calls).toBeGreaterThan(3)
  })

  it('keeps no more in flight than its width, and makes every call', async () => {
    let open = 0
    let most = 0
    let made = 0
    const run = inFlight(4, async () => {
      most = Math.max(most, ++open)
      await Promise.resolve()
      open -= 1
      made += 1
    })
    await run(10)
    expect([most, made]).toEqual([4, 10])
    await run(2)
    expect(made).toBe(12)
  })

  it('uses the values in turn', async () => {
    const seen: string[] = []
    const next = inTurn(['a', 'b'], async (value) => seen.push(value))
    for (let call = 0; call < 3; call++) await next()
    expect(seen).toEqual(['a', 'b', 'a'])
  })

  it('ends with the error of a subject that fails', async () => {
    const run = async (): Promise<void> => {
      throw new Error('refused')
    }
    await expect(measure([{ name: 'broken', run }], pace)).rejects.toThrow('refused')
  })
})

describe('a figure', () => {
  it('compares round with round, so that one slow moment does not count', () => {
    // The second round was ten times slower for both.
    const ours = row('ours', 2, 20, 2)
    const base = row('base', 1, 10, 1)
    expect(ratio(ours, base, 'wallUs')).toBe(2)
    expect(difference(row('a', 5, 6, 90), row('b', 1, 2, 3), 'cpuUs')).toBe(4)
  })

  it.each([
    [[3, 1, 2], 2],
    [[4, 1, 2, 3], 2.5],
    [[7], 7],
  ])('takes %j as %d at the median', (values, expected) => {
    expect(median(values)).toBe(expected)
  })

  it('has the goal for this checkout only, and no row where a subject is missing', () => {
    const base = row('words: undici', 1)
    const ours = [row('words: ours', 2), row('words: ours (other)', 3)]
    const figures = compare({ baseline: base, ours, of: 'x', goal: 'uncached / jose' })
    expect(figures).toEqual([
      { name: 'ours / undici, x, CPU', value: 2, unit: '×', goal: 'uncached / jose' },
      { name: 'ours (other) / undici, x, CPU', value: 3, unit: '×' },
    ])
    expect(compare({ baseline: undefined, ours, of: 'x' })).toEqual([])
    expect(compare({ baseline: base, ours: [undefined], of: 'x' })).toEqual([])
  })

  it.each([
    ['a ratio at its goal', figure('f', 0.7, '×', 'uncached / jose'), 1],
    ['a ratio of twice its goal', figure('f', 1.4, '×', 'uncached / jose'), 2],
    ['a speed of half its goal', figure('f', 0.425, '×', 'reader / loop with documents'), 2],
    ['no lost call', figure('f', 0, 'calls', 'calls lost'), 1],
    ['a lost call', figure('f', 1, 'calls', 'calls lost'), Number.POSITIVE_INFINITY],
    ['a figure without a goal', figure('f', 9, '×'), 0],
  ])('uses its goal up: %s', (_, each, share) => {
    expect(used(each, 'goal')).toBeCloseTo(share)
  })

  it('is held to its goal with a quarter of head-room', () => {
    expect(HEAD_ROOM).toBe(1.25)
  })
})
