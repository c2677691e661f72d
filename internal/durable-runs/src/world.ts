import { type AuthSecClient, type Clock, createAuthSecClient } from '@authsec/core'
import type { EmulatorHandler } from '@authsec/emulator'
import { createFakeClock, type FakeClock, inProcessEmulator } from '@authsec-internal/test-kit'
import { z } from 'zod'
import type { Payment, ProcessWorld } from './host.ts'
import { createMortalIo, type MortalIo } from './mortal-io.ts'
import type { Activity } from './passing.ts'
import { createSharedStore } from './shared-store.ts'

export const USERS = ['ann', 'ben'] as const

/** Everything outside of the processes: AuthSec, the protected API, the time, and what survives. */
export interface World {
  readonly emulator: EmulatorHandler
  readonly clock: FakeClock
  readonly activity: Activity
  /** Who may approve: one person for each user, or one for all of them. */
  readonly approvers: readonly string[]
  /** What the protected API was told to do, in this order. */
  readonly executed: readonly Payment[]
  /** Starts a process. */
  open(options: ProcessOptions): WorldProcess
}

export interface ProcessOptions {
  /** `first` seals with the first key, `second` with the second, both open with both; `foreign` has a key of its own under the same name. */
  readonly keys: 'first' | 'second' | 'foreign'
  /** Whom the rule asks: by the user, or somebody else altogether. */
  readonly approver: 'right' | 'other'
}

interface WorldProcess {
  readonly io: MortalIo
  readonly world: ProcessWorld
}

const keyOf = (kid: string, first: number): { kid: string; key: Uint8Array } => {
  return { kid, key: new Uint8Array(32).map((_, index) => first + index) }
}
const RINGS = {
  first: [keyOf('k1', 1), keyOf('k2', 101)],
  second: [keyOf('k2', 101), keyOf('k1', 1)],
  foreign: [keyOf('k1', 51), keyOf('k2', 151)],
}

export function worldOf(random: () => number): World {
  const clock = createFakeClock()
  const activity: Activity = { underWay: 0, lastAt: 0 }
  const isOne = random() < 0.5
  const approvers = [...new Set(USERS.map((user) => approverOf(user, 'right', isOne)))]
  const executed: Payment[] = []
  const durable = new Map<string, unknown>()
  const store = createSharedStore(clock)
  const emulator = inProcessEmulator({
    clock,
    users: [...approvers, approverOf('', 'other', isOne)],
    // Longer than nearly any run.
    ttlSeconds: 86_000,
    async forward(request) {
      const [, to = ''] = /^\/accounts\/(\w+)\/payments$/.exec(new URL(request.url).pathname) ?? []
      const { amount } = Object(await request.json())
      executed.push({ to, amount })
      return Response.json({ paid: amount })
    },
  })

  /** Lets other processes run, for a while that the seed decides. */
  async function jitter(): Promise<void> {
    const turns = Math.floor(random() * 4)
    for (let turn = 0; turn < turns; turn += 1) await new Promise(setImmediate)
  }

  function open({ keys, approver }: ProcessOptions): WorldProcess {
    const fetch: typeof globalThis.fetch = async (input, init) =>
      emulator.fetch(new Request(input, init))
    const io = createMortalIo({ fetch, store }, activity, jitter)
    // What a process has in memory belongs to its clock, so each one has a clock of its own.
    const ownClock: Clock = {
      now: clock.now,
      monotonic: clock.monotonic,
      setTimeout: (callback, ms) => clock.setTimeout(() => io.isDead || callback(), ms),
    }
    const client = clientOf(emulator, io, ownClock, keys)
    const operation = operationFor(approver, isOne)
    return { io, world: { client, clock: ownClock, operation, durable } }
  }

  return { emulator, clock, activity, approvers, executed, open }
}

function clientOf(
  { clientId }: EmulatorHandler,
  { fetch, store }: MortalIo,
  clock: Clock,
  keys: ProcessOptions['keys'],
): AuthSecClient {
  const many = 10_000
  return createAuthSecClient({
    baseUrl: 'https://auth.durable.test',
    clientId,
    resources: [
      { name: 'bank', baseUrl: 'https://api.durable.test/secure-vault/', methods: ['POST'] },
    ],
    approvals: {
      keys: RINGS[keys],
      ...{ openPerApprover: 100, unapprovedPerWindow: 100, pauseAfterDenialMs: 0 },
    },
    budget: { callsPerWindow: many },
    rateLimit: { requestsPerMinute: many },
    ...{ fetch, clock, store },
  })
}

function operationFor(
  approver: ProcessOptions['approver'],
  isOne: boolean,
): ProcessWorld['operation'] {
  return {
    name: 'pay',
    description: 'Pays an amount to an account.',
    method: 'POST',
    path: 'accounts/{to}/payments',
    params: z.object({ to: z.string(), amount: z.number() }),
    approval: {
      approver: (_call, user) => approverOf(user ?? '', approver, isOne),
      message: 'Pay {amount} to {to}?',
      wait: 'suspend',
    },
  }
}

/** Whom the rule asks. */
function approverOf(user: string, approver: ProcessOptions['approver'], isOne: boolean): string {
  if (approver === 'other') return 'somebody@example.com'
  return isOne ? 'boss@example.com' : `boss-of-${user}@example.com`
}
