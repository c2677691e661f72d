import { difference, type Figure, figure } from '../measuring/figures.ts'
import { type Measurement, measure, oneByOne } from '../measuring/measure.ts'
import type { Scenario } from '../scenario.ts'
import { jsonBody } from '../world/bodies.ts'
import { socketlessClient } from '../world/clients.ts'
import { toolPairs } from '../world/tool-pairs.ts'

/** What a tool costs beyond the call that it makes. */
export const tools: Scenario = {
  name: 'tools',
  method:
    "One call of our tool in each framework, and of a tool as a program would write it for the same framework, which validates its input, calls `secureFetch` and returns JSON; for MCP in memory, with the official client. The `fetch` answers with 1 KiB at once. What is shown is the median difference, so the framework's own share is in neither.",
  async run({ checkouts, pace }) {
    const figures: Figure[] = []
    const measured: Measurement[] = []
    for (const checkout of checkouts) {
      await using client = socketlessClient(checkout.core, jsonBody('words', 1_024))
      for (const { framework, bare, ours, close } of await toolPairs(checkout, client)) {
        const results = await measure(
          [
            { name: `${framework}: a tool by hand${checkout.label}`, run: oneByOne(bare) },
            { name: `${framework}: our tool${checkout.label}`, run: oneByOne(ours) },
          ],
          pace,
        )
        await close?.()
        const [byHand, own] = results
        if (!byHand || !own) continue
        const goal = checkout.label === '' ? ('tool beyond its fetch' as const) : undefined
        const beyond = difference(own, byHand, 'cpuUs')
        figures.push(
          figure(`beyond a tool by hand in ${framework}${checkout.label}, CPU`, beyond, 'µs', goal),
        )
        measured.push(...results)
      }
    }
    return [{ title: 'A tool in a framework', figures, measured }]
  },
}
