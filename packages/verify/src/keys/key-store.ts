import { createBackoff } from '../backoff.ts'
import type { Clock } from '../clock.ts'
import type { VerificationKey } from './key-set.ts'
import type { LoadKeys } from './key-source.ts'

/** After this age keys are loaded anew, in the background. */
const REFRESH_AFTER_MS = 600_000
/** Through an outage keys are used until this age. */
const USABLE_FOR_MS = 86_400_000
/** Between two loads that strange tokens provoke. */
const RELOAD_COOLDOWN_MS = 30_000

/**
 * The tenant's keys, as fresh as the network allows. There is no timer: whoever asks sets off the
 * refresh that is due, and only who finds no keys at all waits for it.
 */
export interface KeyStore {
  /** The keys to trust now; empty when there are none to be had. */
  current(): Promise<readonly VerificationKey[]>
  /**
   * The keys after a reload that a token gave reason for, if one may be had now: `bad_signature`
   * because the server keeps the name of a key it replaces (contract 2.1), `unknown_kid` because
   * others do not.
   */
  afterReload(reason: 'bad_signature' | 'unknown_kid'): Promise<readonly VerificationKey[]>
  /** Whether the key may still be trusted. */
  holds(key: VerificationKey): boolean
  /** Until the next attempt to load, in seconds. */
  retryAfterSeconds(): number
}

export function createKeyStore(
  load: LoadKeys,
  clock: Clock,
  onChange: (keys: readonly VerificationKey[]) => void,
): KeyStore {
  const backoff = createBackoff()
  let keys: readonly VerificationKey[] = []
  let loadedAt = Number.NEGATIVE_INFINITY
  let reloadedAt = Number.NEGATIVE_INFINITY
  let flight: Promise<void> | undefined

  /** One load for everyone who wants one; never rejects, so nobody has to watch it. */
  function startLoad(): Promise<void> {
    flight ??= load(keys)
      .then(accept, () => backoff.failed(clock.now()))
      .finally(() => {
        flight = undefined
      })
    return flight
  }

  function accept(loaded: readonly VerificationKey[]): void {
    keys = loaded
    loadedAt = clock.now()
    // A set without a usable key withdraws all trust, and is asked for again like a failure.
    if (loaded.length > 0) backoff.succeeded()
    else backoff.failed(loadedAt)
    onChange(loaded)
  }

  const isUsable = (now: number): boolean => keys.length > 0 && now - loadedAt < USABLE_FOR_MS

  function refreshWhenDue(now: number): void {
    const age = now - loadedAt
    // A negative age means that the clock was set back, and says nothing about the keys.
    if ((age >= REFRESH_AFTER_MS || age < 0) && backoff.isDue(now)) void startLoad()
  }

  return {
    async current() {
      const now = clock.now()
      if (isUsable(now)) {
        refreshWhenDue(now)
        return keys
      }
      if (flight !== undefined || backoff.isDue(now)) await startLoad()
      return isUsable(clock.now()) ? keys : []
    },
    async afterReload(reason) {
      const now = clock.now()
      const last = reason === 'unknown_kid' ? Math.max(loadedAt, reloadedAt) : reloadedAt
      const isAllowed = now < last || now - last >= RELOAD_COOLDOWN_MS
      if (flight !== undefined) await flight
      else if (isAllowed && backoff.isDue(now)) {
        reloadedAt = now
        await startLoad()
      }
      return keys
    },
    holds(key) {
      const now = clock.now()
      if (!isUsable(now) || !keys.includes(key)) return false
      refreshWhenDue(now)
      return true
    },
    retryAfterSeconds: () => backoff.remainingMs(clock.now()) / 1000,
  }
}
