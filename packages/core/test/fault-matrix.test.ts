import type { Fault } from '@authsec/emulator'
import {
  anotherProcess,
  createFakeClock,
  type FakeClock,
  inProcessClient,
  inProcessEmulator,
  watch,
} from '@authsec-internal/test-kit'
import { describe, expect, it } from 'vitest'
import type { AuthSecClient } from '../src/client/client.ts'
import type { DelegationErrorCode } from '../src/errors.ts'
import type { DelegationToken } from '../src/token/delegation-token.ts'

/** What a fault of the token endpoint must lead to: an error after so many requests, or none at all. */
interface Expected {
  code?: DelegationErrorCode
  /** The token in hand is dropped. */
  isFinal?: boolean
  /** While callers wait for a token they do not have; with one round more after weather. */
  attempts: number
  /** When there is a token that is good still: in the background, and when asked by force. Default: the same. */
  background?: number
  forced?: number
  /** Pauses at random may leave no time for so many of these. Default: 0. */
  slack?: number
}

const final = (code: DelegationErrorCode): Expected => ({ code, isFinal: true, attempts: 1 })
const paced = (code: DelegationErrorCode): Expected => ({
  code,
  attempts: 5,
  background: 3,
  forced: 5,
  // Each pause is longer by up to a tenth, so the last attempt may not fit into the time.
  slack: 1,
})
const once = (code: DelegationErrorCode): Expected => ({ code, attempts: 1 })
const weather = (code: DelegationErrorCode): Expected => ({
  code,
  attempts: 6,
  background: 3,
  forced: 5,
})
const malformed: Expected = { code: 'invalid_response', attempts: 3, background: 2, forced: 2 }
const fine: Expected = { attempts: 1 }
const status = (code: number, extra: object = {}): Fault => ({
  kind: 'status',
  status: code,
  ...extra,
})
const json = (code: number): Fault => status(code, { body: { error: 'x' } })

const faults: [string, Fault | 'refused', Expected][] = [
  ['connection refused', 'refused', weather('network_error')],
  ['reset before headers', { kind: 'reset' }, weather('network_error')],
  ['reset in the body', { kind: 'reset_mid_body' }, weather('network_error')],
  ['no answer', { kind: 'hang' }, once('timeout')],
  ['a dripping body', { kind: 'drip', ms: 200 }, once('timeout')],
  ['400', json(400), final('client_id_rejected')],
  ['401', json(401), final('authentication_required')],
  ['403', json(403), final('access_refused')],
  ['404', json(404), final('no_active_delegation')],
  ['404 in text', status(404, { body: 'not found' }), once('wrong_base_url')],
  ['410', json(410), final('delegation_expired')],
  ['405', json(405), final('request_rejected')],
  ['408', json(408), weather('timeout')],
  ['425', json(425), weather('timeout')],
  // Nobody asks for 5 s, and then for 10 s, which is more than a request waits for its turn.
  ['429', json(429), { code: 'rate_limited', attempts: 2 }],
  [
    '429 with Retry-After: 1',
    status(429, { retryAfter: '1' }),
    { code: 'rate_limited', attempts: 3 },
  ],
  ['429 with Retry-After: 60', status(429, { retryAfter: '60' }), once('rate_limited')],
  ['500', json(500), weather('server_error')],
  ['501', json(501), once('server_error')],
  ['502', json(502), weather('server_error')],
  ['503', json(503), weather('server_error')],
  ['503 with Retry-After: 2', status(503, { retryAfter: '2' }), paced('server_error')],
  ['504', json(504), weather('server_error')],
  ['302', { kind: 'redirect', location: 'https://evil.test/' }, once('redirect_blocked')],
  ['an HTML page', { kind: 'html' }, malformed],
  ['cut JSON', { kind: 'truncated_json' }, malformed],
  ['100 KB', { kind: 'oversize', bytes: 100_000 }, malformed],
  ['a gzip bomb', { kind: 'bomb', encoding: 'gzip', bytes: 200_000 }, malformed],
  ['an expired token', { kind: 'expired_token' }, malformed],
  ['a token without expiry', { kind: 'no_expiry' }, malformed],
  ['an unsigned token', { kind: 'unsigned' }, malformed],
  ["another agent's token", { kind: 'wrong_client' }, final('wrong_client')],
  ['a clock 10 minutes ahead', { kind: 'clock', offsetSeconds: 600 }, fine],
  ['a clock 10 minutes behind', { kind: 'clock', offsetSeconds: -600 }, fine],
]

interface Bench {
  client: AuthSecClient
  refuse: { connections: boolean }
}

// One server for all cases: making its key takes longer than any of them.
const clock = createFakeClock()
const emulator = inProcessEmulator({ clock })

async function createBench(): Promise<Bench> {
  emulator.control.clearFaults()
  emulator.control.delegate()
  // Signed now, in real time: the fake clock does not wait for cryptography.
  await inProcessClient(emulator, anotherProcess(clock)).getDelegationToken()
  const refuse = { connections: false }
  const client = inProcessClient(emulator, {
    // What one case has made of the limit of the server is not that of the next.
    ...anotherProcess(clock),
    fetch: (input, init) => {
      if (!refuse.connections) return emulator.fetch(new Request(input, init))
      refusedRequests += 1
      const cause = Object.assign(new Error('refused'), { code: 'ECONNREFUSED' })
      return Promise.reject(new TypeError('fetch failed', { cause }))
    },
  })
  return { client, refuse }
}
let refusedRequests = 0

type Outcome = { token: DelegationToken } | { code: string }

/** Lets time pass until the call is settled; real time only as far as the emulator's cryptography needs it. */
async function settled(clock: FakeClock, call: Promise<DelegationToken>): Promise<Outcome> {
  let outcome: Outcome | undefined
  call.then(
    (token) => {
      outcome = { token }
    },
    (error: { code: string }) => {
      watch('matrix error', error)
      outcome = { code: error.code }
    },
  )
  for (let step = 0; step < 300; step++) {
    await new Promise((resolve) => setTimeout(resolve, step < 8 ? 1 : 2))
    if (outcome) return outcome
    await clock.advance(step < 8 ? 0 : 100)
  }
  throw new Error('The call did not settle within its deadline.')
}

const states = ['never had one', 'had one that died', 'ahead', 'due', 'forced', 'rejected'] as const
type State = (typeof states)[number]

/** Brings a client into a state, and says how it then asks. */
async function arrange({ client }: Bench, state: State): Promise<Arranged> {
  const plainly = (): Promise<DelegationToken> => client.getDelegationToken()
  if (state === 'never had one') return { held: undefined, ask: plainly }
  const first = await settled(clock, plainly())
  if (!('token' in first)) throw new Error('There should have been a token.')
  const held = first.token
  switch (state) {
    case 'had one that died':
      await clock.advance(3_601_000)
      emulator.control.delegate()
      await inProcessClient(emulator, anotherProcess(clock)).getDelegationToken()
      return { held: undefined, ask: plainly }
    case 'ahead':
      await clock.advance(2_200_000)
      return { held, ask: plainly }
    case 'due':
      await clock.advance(3_560_000)
      return { held, ask: plainly }
    case 'forced':
      return { held, ask: () => client.getDelegationToken({ forceRefresh: true }) }
    case 'rejected':
      return { held, ask: () => client.getDelegationToken({ rejected: held }) }
  }
}

interface Arranged {
  /** The token that is good still. */
  held: DelegationToken | undefined
  ask(): Promise<DelegationToken>
}

const cases = faults.flatMap(([name, fault, expected]) =>
  states.map((state) => ({ name, fault, expected, state })),
)

describe('every fault of the token endpoint, in every state of the client', () => {
  it('makes more than 144 cases', () => expect(cases.length).toBeGreaterThanOrEqual(144))

  it.each(cases)('$name when the client $state', async ({ fault, expected, state }) => {
    const bench = await createBench()
    const { client } = bench
    const { held, ask } = await arrange(bench, state)
    if (fault === 'refused') bench.refuse.connections = true
    else emulator.control.failNext(fault, { times: Number.POSITIVE_INFINITY })
    const before = emulator.requests.length
    refusedRequests = 0

    const first = await settled(clock, ask())
    const requests = (): number => emulator.requests.length - before + refusedRequests
    const isBackground = state === 'ahead' || state === 'due'
    const isForced = state === 'forced' || state === 'rejected'
    const { background, forced } = expected
    const attempts =
      (isBackground ? background : isForced ? forced : undefined) ?? expected.attempts
    await settleRequests(clock, requests, attempts)

    const keepsServing = held !== undefined && !expected.isFinal
    if (expected.code === undefined) expect(first).toHaveProperty('token')
    else if (state === 'ahead') expect(first).toEqual({ token: held })
    else if (state === 'due' || state === 'rejected') {
      expect(first).toEqual(keepsServing ? { token: held } : { code: expected.code })
    } else expect(first).toEqual({ code: expected.code })
    expect(requests()).toBeLessThanOrEqual(attempts)
    expect(requests()).toBeGreaterThanOrEqual(attempts - (expected.slack ?? 0))

    const asked = requests()
    const next = await settled(clock, client.getDelegationToken())
    if (expected.code === undefined) expect(next).toHaveProperty('token')
    else if (expected.isFinal) {
      expect(next).toEqual({ code: expected.code })
      expect(requests()).toBe(asked)
    } else if (keepsServing) expect(next).toEqual({ token: held })
    else expect(next).toEqual({ code: expected.code })
  })
})

/** What goes on in the background gets the time it needs, real for cryptography and fake for pauses. */
async function settleRequests(
  clock: FakeClock,
  count: () => number,
  expected: number,
): Promise<void> {
  for (let turn = 0; turn < 200 && count() < expected; turn++) {
    await new Promise((resolve) => setTimeout(resolve, 2))
    await clock.advance(50)
  }
}
