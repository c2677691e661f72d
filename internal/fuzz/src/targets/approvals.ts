import type { ApprovalScript, ApprovalSummary } from '@authsec/emulator'
import fc from 'fast-check'
import { type ApprovalWorld, createApprovalWorld, harmful, harmless } from '../approval-world.ts'
import { expectNoSecrets } from '../secrets.ts'
import { expectKnownError, Finding, type FuzzTarget } from '../target.ts'

/** Numbers that the first answer of the server can carry. */
const numbers = [
  5,
  1,
  0,
  -1,
  0.001,
  1e300,
  Number.MAX_SAFE_INTEGER,
  '5',
  null,
  [],
  Number.MIN_VALUE,
]

const input = fc.record({
  script: fc.constantFrom<ApprovalScript>(
    'approve',
    'approve',
    'deny',
    'never',
    'slow_down',
    'consume_then_drop',
    { approveAfterPolls: 2 },
    { denyAfterPolls: 1 },
  ),
  interval: fc.constantFrom(...numbers),
  expires: fc.constantFrom(...numbers),
  start: fc.constantFrom(
    'same',
    'same',
    'same',
    'more',
    'serverError',
    'page',
    'cut',
    'withError',
    'dropped',
  ),
  polls: fc.array(fc.constantFrom('same', ...Object.keys(harmless), ...Object.keys(harmful)), {
    maxLength: 6,
  }),
  abortAfter: fc.option(fc.integer({ min: 0, max: 30 }), { nil: undefined }),
  edit: fc.boolean(),
})

type Input = typeof input extends fc.Arbitrary<infer Value> ? Value : never

const MAX_SECONDS = 400

/** The emulator keeps every question, so a new one is made now and then; the delegation lasts that long. */
const CALLS_PER_WORLD = 100

/** A call that needs an approval, with a server that answers wrongly. Only a true approval executes it, once. */
export async function fuzzApprovals(): Promise<FuzzTarget> {
  const counts = { executed: 0, refused: 0 }
  let world = createApprovalWorld()
  let calls = 0

  const property = fc.asyncProperty(input, async (one) => {
    calls += 1
    if (calls % CALLS_PER_WORLD === 0) {
      await world.client.close()
      world = createApprovalWorld()
    }
    const { emulator } = world
    const before = emulator.control.approvals().length
    const outcome = await callOnce(world, one)
    const secrets = { tokens: emulator.control.issuedTokens, clientId: emulator.clientId }
    world.checkEvents(secrets)
    if (outcome) {
      counts.refused += 1
      expectNoSecrets('the error', outcome, secrets)
      if (one.abortAfter === undefined) expectKnownError(outcome, 'the call')
    }
    counts.executed += world.executed.length
    expectApproved(world, emulator.control.approvals().slice(before))
    // After this the approver may be asked again.
    await world.clock.advance(700_000)
  })

  return {
    property: property as never,
    counts,
    async [Symbol.asyncDispose]() {
      await world.client.close()
    },
  }
}

/** The error of one call, if it has one. */
async function callOnce(world: ApprovalWorld, one: Input): Promise<unknown> {
  const { client, emulator, clock } = world
  world.begin({ ...one, polls: [...one.polls] })
  emulator.control.scriptApproval(one.script)
  const controller = new AbortController()
  const approval = { message: 'Show {id}?', approver: 'approver@example.com' }
  const call = { endpoint: 'records/rec-0001', approval, signal: controller.signal }
  let outcome: { error?: unknown } | undefined
  client.secureFetch(call, { values: { id: 'rec-0001' } }).then(
    () => {
      outcome = {}
    },
    (error: unknown) => {
      outcome = { error }
    },
  )
  // A caller that changes its own object while the person decides.
  if (one.edit) call.endpoint = 'records/rec-0002'
  for (let second = 0; second < MAX_SECONDS; second++) {
    await world.answered()
    if (outcome) break
    if (second === one.abortAfter) controller.abort(new Error('stopped'))
    await clock.advance(second < 60 ? 1_000 : 30_000)
  }
  if (!outcome) throw new Finding('the call waits without a bound')
  return outcome.error
}

function expectApproved(world: ApprovalWorld, asked: readonly ApprovalSummary[]): void {
  const { executed } = world
  if (asked.length > 1) throw new Finding('the approver was asked twice')
  if (executed.length === 0) return
  if (executed.length > 1) throw new Finding('the call was executed twice')
  if (executed[0] !== '/secure-vault/records/rec-0001') {
    throw new Finding('another call was executed')
  }
  if (asked[0]?.status !== 'consumed') throw new Finding('it was executed without an approval')
  if (!world.isGenuine()) throw new Finding('it was executed with an answer that is no approval')
}
