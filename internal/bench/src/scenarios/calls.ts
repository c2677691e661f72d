import { compare, compareCheckouts, type Figure } from '../measuring/figures.ts'
import { type Measurement, measure } from '../measuring/measure.ts'
import type { Bench, Scenario, Section } from '../scenario.ts'
import { type BodyKind, type BodySize, KINDS, SIZES } from '../world/bodies.ts'
import { type Caller, withCallers } from '../world/callers.ts'

/** Few large answers at a time, so that a round stays short. */
const WIDTHS: Readonly<Record<BodySize, number>> = { '1 KiB': 16, '64 KiB': 16, '1 MiB': 2 }

const UNDICI_GOALS: Readonly<Record<BodySize, Figure['goal']>> = {
  '1 KiB': 'call of 1 KiB / undici',
  '64 KiB': 'call of 64 KiB / undici',
  '1 MiB': 'call of 1 MiB / undici',
}

const FETCH_GOALS: Readonly<Record<BodySize, Figure['goal']>> = {
  '1 KiB': 'call of 1 KiB / global fetch',
  '64 KiB': undefined,
  '1 MiB': 'call of 1 MiB / global fetch',
}

/** What a guarded call costs, for each kind and size of answer. */
export const calls: Scenario = {
  name: 'calls',
  method:
    'GET of JSON over HTTP, 16 in flight (2 of 1 MiB), each answer parsed; the API is another process, so the CPU is that of the client alone. `secureFetch` beside `undici.request` and the global fetch, both with `JSON.parse`. The guards alone are what no guarded call can do without: a deadline, bounds, the search for secrets, and no policy, token, budget, retry or event. An answer of 1 MiB needs a resource with a larger `maxResponseBytes`. With `--quick`: words and UUIDs only.',
  async run(bench) {
    const sections: Section[] = []
    for (const size of ['1 KiB', '64 KiB', '1 MiB'] as const) {
      sections.push(await sectionOf(size, bench))
    }
    return sections
  },
}

function sectionOf(size: BodySize, { checkouts, pace, quick }: Bench): Promise<Section> {
  const width = WIDTHS[size]
  return withCallers(checkouts, width, async (callers) => {
    const measured: Measurement[] = []
    const figures: Figure[] = []
    for (const kind of quick ? KINDS.slice(0, 2) : KINDS) {
      const results = await measure(subjectsOf(callers, { kind, size, width }), pace)
      measured.push(...results)
      figures.push(...figuresOf(results, size, `${size} of ${kind}`))
    }
    return { title: `Calls, ${size} of JSON`, figures, measured }
  })
}

function subjectsOf(
  callers: readonly Caller[],
  { kind, size, width }: { kind: BodyKind; size: BodySize; width: number },
) {
  const path = `${kind}/${SIZES[size]}`
  return callers.map(({ name, run }) => {
    return { name: `${kind}: ${name}`, least: width, run: run(path) }
  })
}

function figuresOf(results: readonly Measurement[], size: BodySize, of: string): Figure[] {
  const [undici, global, floor, ...ours] = results
  return [
    ...compare({ baseline: undici, ours, of, goal: UNDICI_GOALS[size], floor }),
    ...compare({ baseline: global, ours, of, goal: FETCH_GOALS[size], floor }),
    ...compareCheckouts(ours, of),
  ]
}
