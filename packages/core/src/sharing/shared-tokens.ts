import { DelegationError } from '../errors.ts'
import type { Lease } from '../store/store.ts'
import { delay } from '../support/clock.ts'
import type { DelegationAnswer } from '../token/delegation-api.ts'
import { isFinal } from '../token/delegation-errors.ts'
import type { DelegationToken } from '../token/delegation-token.ts'
import { pauseAfterStoredToken } from '../token/refresh-pace.ts'
import type { CellRefresh, TokenAnswers, TokenAnswersParts } from '../token/token-answers.ts'
import type { TokenConfig } from '../token/token-config.ts'
import { TokenLifetime } from '../token/token-lifetime.ts'
import { STORE_MS } from './store-access.ts'
import { createStoredTokens } from './stored-tokens.ts'
import type { StoredAnswer } from './token-entry.ts'
import { createWithdrawnTokens } from './withdrawn-tokens.ts'

/**
 * A process that holds the lease may ask for a third of the time of a refresh, and a process that waits for it gives
 * up after two: then a third is left to ask without it, and no caller waits longer than alone.
 */
const LEASE_SHARE = 1 / 3
const LONGEST_LEASE_MS = 10_000
/** A waiting process looks at the store this often, at random, and then an answer of the store is worth more time. */
const POLL_MS = { least: 50, most: 250 } as const
/** How old an answer about a rejected token may be: within this time a process asks about one token once. */
const REJECTED_AGE_MS = 30_000

/** Nothing without `store` and `tokenKeys`: then no token leaves the process. */
export function createSharedTokens(
  config: TokenConfig,
  { emit, jitter }: TokenAnswersParts,
): TokenAnswers | undefined {
  const { clock, store, timeoutMs, tokenKeys } = config
  if (!store || !tokenKeys) return undefined
  const stored = createStoredTokens({ store, tokenKeys }, config, emit)
  const withdrawn = createWithdrawnTokens(config)
  const readMs = Math.min(STORE_MS, timeoutMs / 4)
  const leaseMs = Math.min(LONGEST_LEASE_MS, timeoutMs * LEASE_SHARE)

  return async (refresh) => {
    const { signal } = refresh
    stored.until(signal)
    const startedAt = clock.monotonic()
    const left = (ms: number): number => startedAt + ms + refresh.waitedMs() - clock.monotonic()
    const ask = (atTurn?: () => Promise<void>): Promise<DelegationAnswer> =>
      askAndStore(refresh, left(timeoutMs), atTurn)
    if (refresh.reason === 'forced') return ask()
    const offsetMs = refresh.current?.clockOffsetMs ?? withdrawn.offsetMs
    const before = await stored.read(left(readMs), offsetMs)
    if (before && isAnswer(before, refresh, before)) return before
    const find = async (ms: number): Promise<StoredAnswer | undefined> => {
      const entry = await stored.read(ms, offsetMs)
      return entry && isAnswer(entry, refresh, before) ? entry : undefined
    }
    // A process that starts with many agents is busy for longer than its first look may take, which is not the store's
    // fault: it needs the lease all the more. A store that does not answer is left alone after the first look.
    for (let bound = () => Math.max(left(readMs), readMs / 2); ; bound = () => POLL_MS.most) {
      const lease = await stored.lease(bound(), leaseMs)
      const isPatient = left(2 * leaseMs) > 0
      if (lease !== 'taken' || !isPatient) {
        const held = lease === 'taken' ? undefined : lease
        const found = await underLease(held, { find, ask, isPatient, firstMs: bound() })
        if (found) return found
      }
      await delay(clock, pollMs(), { signal, keepAlive: false })
      const found = await find(POLL_MS.most)
      if (found) return found
    }
  }

  async function askAndStore(
    { current, ask }: CellRefresh,
    timeLeftMs: number,
    atTurn: (() => Promise<void>) | undefined,
  ): Promise<DelegationAnswer> {
    const askedAt = clock.monotonic()
    // Dates have whole seconds: what is younger may be newer than the answer.
    const isGone = ({ token, ageMs }: StoredAnswer): boolean =>
      token.fingerprint === current?.token.fingerprint ||
      ageMs > clock.monotonic() - askedAt + 1_000
    try {
      const answer = await ask(timeLeftMs, atTurn)
      withdrawn.clear()
      await stored.write(answer)
      return answer
    } catch (error) {
      if (DelegationError.isInstance(error) && isFinal(error)) {
        withdrawn.add(current)
        await stored.remove(isGone)
      }
      throw error
    }
  }

  /**
   * Asks AuthSec, unless another process has done so between our look at the store and the lease. Nothing when
   * another process asks just now: a turn may come long after the lease has ended, so both are looked at again then.
   */
  async function underLease(
    lease: Lease | undefined,
    { find, ask, isPatient, firstMs }: LeasedAsk,
  ): Promise<DelegationAnswer | undefined> {
    let held = lease
    let heldAt = clock.monotonic()
    const atTurn = async (): Promise<void> => {
      if (clock.monotonic() - heldAt < leaseMs / 2) return
      if (held) await release(held)
      const next = await stored.lease(POLL_MS.most, leaseMs)
      held = next === 'taken' ? undefined : next
      heldAt = clock.monotonic()
      const found = await find(POLL_MS.most)
      if (found || (next === 'taken' && isPatient)) throw new AskedElsewhere(found)
    }
    try {
      return (lease ? await find(firstMs) : undefined) ?? (await ask(atTurn))
    } catch (error) {
      if (error instanceof AskedElsewhere) return error.answer
      throw error
    } finally {
      if (held) void release(held)
    }
  }

  /** Whether an entry answers a refresh, so that AuthSec need not be asked. */
  function isAnswer(
    entry: StoredAnswer,
    { reason, current }: CellRefresh,
    before: StoredAnswer | undefined,
  ): boolean {
    if (withdrawn.has(entry)) return false
    const { token, serverTime, ageMs } = entry
    const { refreshMarginSeconds } = config
    const life = new TokenLifetime(token, { clock, serverTime, refreshMarginSeconds, jitter })
    const zone = life.zone()
    if (zone === 'expired' || (current && isOlder(token, current.token))) return false
    const isSame = token.fingerprint === current?.token.fingerprint
    if (reason === 'rejected') {
      const isNews = entry.id !== before?.id
      return ageMs <= REJECTED_AGE_MS && (isNews || !isSame)
    }
    if (!isSame && zone !== 'expiring') return true
    return pauseAfterStoredToken(life.remainingMs(), life.expiringMs, { ageMs, jitter }) > 0
  }
}

interface LeasedAsk {
  find(ms: number): Promise<StoredAnswer | undefined>
  ask(atTurn: () => Promise<void>): Promise<DelegationAnswer>
  /** Whether there is time to wait for another process. */
  readonly isPatient: boolean
  /** For the look at the store that follows the lease. */
  readonly firstMs: number
}

/** Another process asks AuthSec, or has its answer. */
class AskedElsewhere extends Error {
  readonly answer: StoredAnswer | undefined

  constructor(answer: StoredAnswer | undefined) {
    super('Another process asks.')
    this.answer = answer
  }
}

/** Nobody waits for it, and it ends by itself. */
async function release(lease: Lease): Promise<void> {
  try {
    await lease.release()
  } catch {
    // The store does not work, or lies about its leases.
  }
}

/** The one that was issued first; where that is not known, the one that expires first. */
function isOlder(token: DelegationToken, than: DelegationToken): boolean {
  const [a, b] = [token.issuedAt, than.issuedAt]
  if (a && b && a.getTime() !== b.getTime()) return a < b
  return token.expiresAt < than.expiresAt
}

function pollMs(): number {
  return POLL_MS.least + (POLL_MS.most - POLL_MS.least) * Math.random()
}
