import { createEmulator } from '@authsec/emulator'
import { createFakeClock } from '@authsec-internal/test-kit'
import { figure } from '../measuring/figures.ts'
import type { Scenario } from '../scenario.ts'
import { emulatorClient } from '../world/clients.ts'

const CALLS = 10_000
const MS_PER_CALL = 2

/** Whether tokens of three seconds are renewed in time, and with how many requests. */
export const shortTokens: Scenario = {
  name: 'short-tokens',
  method: `Tokens that live for 3 s, a new one every second, ${CALLS} calls within 20 s of a fake clock. Lost is a call that got an error or an expired token.`,
  async run({ checkouts }) {
    const figures = []
    for (const { label, core } of checkouts) {
      const clock = createFakeClock()
      const emulator = createEmulator({ rateLimit: false, ttlSeconds: 3, clock })
      await using client = emulatorClient(core, emulator, { clock })
      let lost = 0
      for (let call = 0; call < CALLS; call++) {
        if ((call * MS_PER_CALL) % 1_000 < MS_PER_CALL) emulator.control.delegate()
        const token = await client.getDelegationToken().catch(() => undefined)
        if (!token || token.expiresAt.getTime() <= clock.now()) lost += 1
        await clock.advance(MS_PER_CALL)
      }
      const own = label === ''
      const requests = emulator.requests.length
      figures.push(
        figure(
          `requests${label}`,
          requests,
          'requests',
          own ? 'requests for short tokens' : undefined,
        ),
        figure(`calls lost${label}`, lost, 'calls', own ? 'calls lost' : undefined),
      )
    }
    return [{ title: 'Short tokens', figures, measured: [] }]
  },
}
