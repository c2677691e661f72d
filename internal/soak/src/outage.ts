import { createFakeClock, inProcessClient, inProcessEmulator } from '@authsec-internal/test-kit'
import type { Tally } from './tally.ts'

/** B: AuthSec does not answer for a minute in the middle of a token's lifetime; 1 000 calls a second, on a fake clock. */
export async function soakOutage(): Promise<Tally> {
  const clock = createFakeClock()
  const emulator = inProcessEmulator({ clock })
  const client = inProcessClient(emulator, { clock })
  const { fingerprint } = await client.getDelegationToken()
  await clock.advance(2_100_000)
  emulator.control.failNext({ kind: 'status', status: 503 }, { times: Number.POSITIVE_INFINITY })
  const before = emulator.requests.length
  const counts = { calls: 0, lost: 0, wrong: 0 }
  for (; counts.calls < 60_000; counts.calls++) {
    try {
      const token = await client.getDelegationToken()
      if (token.fingerprint !== fingerprint) counts.wrong += 1
    } catch {
      counts.lost += 1
    }
    await clock.advance(1)
  }
  const requests = emulator.requests.length - before
  return {
    name: 'B outage of a minute',
    counts: { ...counts, requests },
    limits: { lost: 0, wrong: 0, requests: 12 },
  }
}
