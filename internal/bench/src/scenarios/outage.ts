import { createEmulator } from '@authsec/emulator'
import { createFakeClock } from '@authsec-internal/test-kit'
import { figure } from '../measuring/figures.ts'
import type { Scenario } from '../scenario.ts'
import { emulatorClient } from '../world/clients.ts'

const SECONDS = 60
const CALLS_PER_SECOND = 100

/** Whether a client that holds a valid token lasts through an outage, and how gently it asks. */
export const outage: Scenario = {
  name: 'outage',
  method: `AuthSec answers 503 for a minute in the second half of a token's lifetime, ${CALLS_PER_SECOND} calls a second, on a fake clock.`,
  async run({ checkouts }) {
    const figures = []
    for (const { label, core } of checkouts) {
      const clock = createFakeClock()
      const emulator = createEmulator({ rateLimit: false, clock })
      await using client = emulatorClient(core, emulator, { clock })
      await client.getDelegationToken()
      await clock.advance(2_100_000)
      emulator.control.failNext(
        { kind: 'status', status: 503 },
        { times: Number.POSITIVE_INFINITY },
      )
      const before = emulator.requests.length
      let lost = 0
      for (let call = 0; call < SECONDS * CALLS_PER_SECOND; call++) {
        await client.getDelegationToken().catch(() => {
          lost += 1
        })
        await clock.advance(1_000 / CALLS_PER_SECOND)
      }
      const own = label === ''
      const requests = emulator.requests.length - before
      figures.push(
        figure(`requests${label}`, requests, 'requests', own ? 'requests in an outage' : undefined),
        figure(`calls lost${label}`, lost, 'calls', own ? 'calls lost' : undefined),
      )
    }
    return [{ title: 'An outage of a minute', figures, measured: [] }]
  },
}
