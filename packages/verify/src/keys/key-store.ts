import { RequestFailure } from '../http/request-failure.ts'
import { ConfigError } from '../options/config-error.ts'
import { createBackoff } from '../support/backoff.ts'
import { type Clock, currentMoment, elapsedMs, type Moment } from '../support/clock.ts'
import { createSharedWork } from '../support/shared-work.ts'
import type { VerificationKey } from './key-set.ts'
import { type LoadKeys, NoKeysError } from './key-source.ts'

/** Keys of this age are refreshed, in the background. */
const REFRESH_AFTER_MS = 600_000
/** Keys are used up to this age while the server cannot be reached. */
const USABLE_FOR_MS = 86_400_000
/** Minimum time between two reloads that tokens with unknown keys cause. */
const RELOAD_COOLDOWN_MS = 30_000

/**
 * The tenant's keys. There is no timer: a caller starts the refresh that is due, and only a caller who
 * finds no usable key waits for it. In Cloudflare Workers the caller who starts it waits, too.
 */
export interface KeyStore {
  /** The keys to trust now; empty when none can be loaded. Rejects with a `ConfigError` when a wrong option is the reason. */
  current(): Promise<readonly VerificationKey[]>
  /**
   * The keys after a reload that a token gave reason for, if a reload is allowed now: `bad_signature`
   * because the server replaces a key under the same name (contract 2.1), `unknown_kid` because other
   * key services give a new key a new name.
   */
  afterReload(reason: 'bad_signature' | 'unknown_kid'): Promise<readonly VerificationKey[]>
  /** Whether the key may still be trusted; not where a refresh is due and has to be waited for. */
  holds(key: VerificationKey): boolean
  /** Why the last load failed, while it is the last one. */
  failure(): RequestFailure | undefined
  /** Seconds until the next attempt to load. */
  retryAfterSeconds(): number
}

const NEVER: Moment = {
  wall: Number.NEGATIVE_INFINITY,
  monotonic: Number.NEGATIVE_INFINITY,
}

export function createKeyStore(
  load: LoadKeys,
  clock: Clock,
  onChange: (keys: readonly VerificationKey[]) => void,
): KeyStore {
  const backoff = createBackoff(clock)
  let keys: readonly VerificationKey[] = []
  let loadedAt = NEVER
  /** By the monotonic clock. */
  let reloadedAt = Number.NEGATIVE_INFINITY
  let mistake: ConfigError | undefined
  let failure: RequestFailure | undefined

  /** One load that all callers share. It never rejects, so nobody has to handle its errors. */
  const loading = createSharedWork(() => load(keys).then(accept, recordFailure), clock)

  function accept(loaded: readonly VerificationKey[]): void {
    keys = loaded
    mistake = undefined
    failure = undefined
    loadedAt = currentMoment(clock)
    // A set without a usable key withdraws all trust, and the retry waits as it does after a failure.
    if (loaded.length > 0) backoff.succeeded()
    else backoff.failed()
    onChange(loaded)
  }

  function recordFailure(error: unknown): void {
    mistake = ConfigError.isInstance(error) ? error : undefined
    failure = error instanceof RequestFailure ? error : undefined
    backoff.failed(error instanceof NoKeysError ? error.retryAfterMs : undefined)
  }

  const ageMs = (): number => elapsedMs(loadedAt, currentMoment(clock))
  const isUsable = (age: number): boolean => keys.length > 0 && age < USABLE_FOR_MS

  const isDue = (age: number): boolean =>
    age >= REFRESH_AFTER_MS && backoff.isDue() && !loading.isPending

  return {
    async current() {
      const age = ageMs()
      if (isUsable(age)) {
        const refresh = isDue(age) ? loading.join() : undefined
        if (!refresh || !loading.needsWaiting) return keys
        await refresh
      } else if (loading.isPending || backoff.isDue()) await loading.join()
      if (isUsable(ageMs())) return keys
      // A wrong option is a mistake in the program and must not be reported as an outage.
      if (mistake) throw mistake
      return []
    },
    async afterReload(reason) {
      const now = clock.monotonic()
      const last = reason === 'unknown_kid' ? Math.max(loadedAt.monotonic, reloadedAt) : reloadedAt
      if (loading.isPending) await loading.join()
      else if (now - last >= RELOAD_COOLDOWN_MS && backoff.isDue()) {
        reloadedAt = now
        await loading.join()
      }
      return keys
    },
    holds(key) {
      const age = ageMs()
      if (!isUsable(age) || !keys.includes(key)) return false
      if (!isDue(age)) return true
      if (loading.needsWaiting) return false
      void loading.join()
      return true
    },
    failure: () => failure,
    retryAfterSeconds: () => backoff.remainingMs() / 1000,
  }
}
