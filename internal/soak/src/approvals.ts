import { ApprovalError } from '@authsec/core'
import type { ApprovalScript } from '@authsec/emulator'
import {
  createFakeClock,
  createRandom,
  inProcessClient,
  inProcessEmulator,
  pick,
  watch,
} from '@authsec-internal/test-kit'
import { countLeaks, sleep, type Tally } from './tally.ts'

const APPROVALS = 200

const scripts: readonly ApprovalScript[] = [
  'approve',
  'deny',
  'never',
  'slow_down',
  'consume_then_drop',
  { approveAfterPolls: 3 },
  { denyAfterPolls: 2 },
]

/** D: 200 calls that need approval, with every outcome, and a fault in one of five polls. */
export async function soakApprovals(seed: number): Promise<Tally> {
  const random = createRandom(seed)
  const clock = createFakeClock()
  const users = Array.from({ length: APPROVALS }, (_, index) => ({
    email: `person${index}@example.com`,
  }))
  const emulator = inProcessEmulator({
    clock,
    users,
    // Longer than the whole run, so that no token expires in it.
    ttlSeconds: 86_000,
  })
  const client = inProcessClient(emulator, { clock })
  await client.getDelegationToken()
  const counts = { calls: 0, executed: 0, refused: 0, wrong: 0 }

  for (const { email } of users) {
    const script = pick(random, scripts)
    emulator.control.scriptApproval(script)
    if (random() < 0.2) {
      emulator.control.failNext({ kind: 'status', status: 502 }, { path: /ciba\/token$/ })
    }
    const id = `rec-${String((counts.calls % 12) + 1).padStart(4, '0')}`
    const before = emulator.requests.length
    const approval = { approver: email, message: 'Show {id}?' }
    const call = client.secureFetch({ endpoint: `records/${id}`, approval }, { values: { id } })
    const outcome = await passing(clock.advance, call)
    watch('outcome', outcome)
    const sent = emulator.requests
      .slice(before)
      .filter(({ path }) => path.startsWith('/secure-vault/'))
    const asked = emulator.control.approvals().filter(({ user }) => user === email)
    const isApproved =
      asked.length === 1 &&
      asked[0]?.status === 'consumed' &&
      asked[0].bindingMessage?.startsWith(`Show "${id}"?`) === true
    counts.calls += 1
    if (ApprovalError.isInstance(outcome)) {
      counts.refused += 1
      if (sent.length > 0) counts.wrong += 1
    } else {
      counts.executed += sent.length
      if (sent.length !== 1 || !isApproved || sent[0]?.path !== `/secure-vault/records/${id}`) {
        counts.wrong += 1
      }
    }
  }
  const leaked = countLeaks(emulator)
  return {
    name: `D approvals, seed ${seed}`,
    counts: { ...counts, leaked },
    limits: { wrong: 0, leaked: 0 },
  }
}

/** The outcome or the error, after as many seconds of the clock as the call takes. */
async function passing(
  advance: (ms: number) => Promise<void>,
  work: Promise<unknown>,
): Promise<unknown> {
  let isDone = false
  const outcome = work
    .catch((error: unknown) => error)
    .finally(() => {
      isDone = true
    })
  for (let second = 0; second < 400 && !isDone; second++) {
    await sleep(1)
    if (!isDone) await advance(1_000)
  }
  return outcome
}
