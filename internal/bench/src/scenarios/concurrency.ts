import { compare, type Figure } from '../measuring/figures.ts'
import { inFlight, type Measurement, measure } from '../measuring/measure.ts'
import type { Scenario } from '../scenario.ts'
import { jsonBody } from '../world/bodies.ts'
import { socketlessClient } from '../world/clients.ts'

const WIDTHS = [100, 1_000, 10_000]

/** Whether what a client keeps about its calls grows with their number. */
export const concurrency: Scenario = {
  name: 'concurrency',
  method:
    "100, 1 000 and 10 000 calls of one client at a time, with a `fetch` that answers at once: what is measured is the client's own work, without sockets.",
  async run({ checkouts, pace }) {
    const measured: Measurement[] = []
    const figures: Figure[] = []
    for (const { label, core } of checkouts) {
      await using client = socketlessClient(core, jsonBody('words', 1_024))
      const call = (): Promise<unknown> => client.secureFetch({ endpoint: 'x' })
      const subjects = WIDTHS.map((width) => {
        return { name: `${width} at a time${label}`, least: width, run: inFlight(width, call) }
      })
      const results = await measure(subjects, pace)
      const [base, thousand, tenThousand] = results
      figures.push(...compare({ baseline: base, ours: [thousand], of: '1 KiB' }))
      const goal = label === '' ? ('10 000 concurrent calls / 100' as const) : undefined
      figures.push(...compare({ baseline: base, ours: [tenThousand], of: '1 KiB', goal }))
      measured.push(...results)
    }
    return [{ title: 'Concurrent calls', figures, measured }]
  },
}
