import { createEmulator } from '@authsec/emulator'
import { createFakeClock } from '@authsec-internal/test-kit'
import { figure } from '../measuring/figures.ts'
import type { Scenario } from '../scenario.ts'
import type { Checkout } from '../world/checkouts.ts'
import { emulatorClient } from '../world/clients.ts'

/** How often a client asks for a token that nobody renews. */
export const stuckToken: Scenario = {
  name: 'stuck-token',
  method:
    'A token that AuthSec never replaces, one call a second until it expires, on a fake clock: requests to AuthSec in the whole lifetime of 1 h and of 12 h.',
  async run({ checkouts }) {
    const figures = []
    for (const hours of [1, 12]) {
      for (const { label, core } of checkouts) {
        const requests = await requestsOf(core, hours)
        const goal =
          hours === 12 && label === '' ? ('requests for a stuck token of 12 h' as const) : undefined
        figures.push(figure(`lifetime of ${hours} h${label}`, requests, 'requests', goal))
      }
    }
    return [{ title: 'A stuck token', figures, measured: [] }]
  },
}

async function requestsOf(core: Checkout['core'], hours: number): Promise<number> {
  const seconds = hours * 3_600
  const clock = createFakeClock()
  const emulator = createEmulator({ rateLimit: false, ttlSeconds: seconds, clock })
  await using client = emulatorClient(core, emulator, { clock })
  for (let second = 0; second < seconds; second++) {
    // Near the end an error says that no newer token came.
    await client.getDelegationToken().catch(() => undefined)
    await clock.advance(1_000)
  }
  return emulator.requests.length
}
