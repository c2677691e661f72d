import { compare, compareCheckouts, type Figure } from '../measuring/figures.ts'
import { type Measurement, measure } from '../measuring/measure.ts'
import type { Scenario } from '../scenario.ts'
import { withCallers } from '../world/callers.ts'

const PATH = 'uuids/1024'

/** Whether a call costs more while others wait. */
export const inFlightCalls: Scenario = {
  name: 'in-flight',
  method: 'The calls of above, 1 KiB of UUIDs, with 1, 16, 64 and 256 of them in flight.',
  async run(bench) {
    const measured: Measurement[] = []
    const figures: Figure[] = []
    for (const width of [1, 16, 64, 256]) {
      const results = await withCallers(bench.checkouts, width, (callers) => {
        const subjects = callers.map(({ name, run }) => {
          return { name: `${width} in flight: ${name}`, least: width, run: run(PATH) }
        })
        return measure(subjects, bench.pace)
      })
      const [undici, global, floor, ...ours] = results
      const of = `${width} in flight`
      const goal = width === 16 || width === 64 ? 'call of 1 KiB / undici' : undefined
      figures.push(...compare({ baseline: undici, ours, of, goal, floor }))
      figures.push(...compare({ baseline: global, ours, of }))
      figures.push(...compareCheckouts(ours, of))
      measured.push(...results)
    }
    return [{ title: 'Calls in flight', figures, measured }]
  },
}
