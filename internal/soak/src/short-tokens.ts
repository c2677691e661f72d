import type { DelegationToken } from '@authsec/core'
import { type Fault, startEmulator } from '@authsec/emulator'
import { createRandom, pick, testClient, watch } from '@authsec-internal/test-kit'
import { countLeaks, inParallel, sleep, type Tally } from './tally.ts'

const CALLS = 10_000
const WIDTH = 100
const SECONDS = 20

const faults: readonly Fault[] = [
  { kind: 'reset' },
  { kind: 'reset_mid_body' },
  { kind: 'truncated' },
  { kind: 'status', status: 500 },
  { kind: 'status', status: 502 },
  { kind: 'status', status: 503, retryAfter: '0' },
  { kind: 'status', status: 429 },
  { kind: 'html' },
  { kind: 'truncated_json' },
  { kind: 'delay', ms: 150 },
]

/** A: 10 000 calls in 20 s with tokens of 3 s, while 30 % of the requests to AuthSec fail. */
export async function soakShortTokens(seed: number): Promise<Tally> {
  const random = createRandom(seed)
  const emulator = await startEmulator({ rateLimit: false, ttlSeconds: 3 })
  const renewal = setInterval(() => emulator.control.delegate(), 1_000)
  for (let request = 0; request < 500; request++) {
    const fault: Fault = random() < 0.3 ? pick(random, faults) : { kind: 'delay', ms: 0 }
    emulator.control.failNext(fault, { path: '/authsec/uflow/sdk/delegation-token' })
  }
  const client = testClient(emulator)
  const counts = { calls: 0, lost: 0, wrong: 0 }
  const latencies: number[] = []
  const isWrong = (token: DelegationToken): boolean =>
    token.expiresAt.getTime() <= Date.now() || !emulator.control.issuedTokens.includes(token.value)

  await inParallel(CALLS, WIDTH, async () => {
    const startedAt = performance.now()
    try {
      const token = await client.getDelegationToken()
      latencies.push(performance.now() - startedAt)
      if (isWrong(token)) counts.wrong += 1
      watch('token', token)
    } catch (error) {
      watch('error', error)
      counts.lost += 1
    }
    counts.calls += 1
    await sleep((SECONDS * 1_000 * WIDTH) / CALLS)
  })
  clearInterval(renewal)
  const leaked = countLeaks(emulator)
  const requests = emulator.requests.length
  await client.close()
  await emulator.close()
  latencies.sort((a, b) => a - b)
  const p50Micros = Math.round((latencies[latencies.length >> 1] ?? 0) * 1_000)
  return {
    name: `A short tokens, seed ${seed}`,
    counts: { ...counts, leaked, requests, p50Micros },
    limits: { lost: 0, wrong: 0, leaked: 0, requests: 40 },
  }
}
