import type { Emit } from '../events.ts'
import type { RawSealingKey } from '../options/sealing-keys.ts'
import type { AuthSecStore, Lease } from '../store/store.ts'
import { MAX_TTL_MS } from '../store/store-arguments.ts'
import type { DelegationAnswer } from '../token/delegation-api.ts'
import type { TokenConfig } from '../token/token-config.ts'
import { createStoreAccess, rareWarnings, STORE_MS } from './store-access.ts'
import { entryName, openEntry, type StoredAnswer, sealEntry } from './token-entry.ts'

/** The entries of one agent in the store. No method fails because of the store, and each ends in time. */
export interface StoredTokens {
  /** What ends the waits of the refresh that begins. */
  until(signal: AbortSignal): void
  /** The answer that AuthSec confirmed last. What is none of this agent's is reported and ignored. */
  read(ms: number, offsetMs: number | undefined): Promise<StoredAnswer | undefined>
  write(answer: DelegationAnswer): Promise<void>
  /** Removes the entries that AuthSec has withdrawn: another process may have written a newer one. */
  remove(isWithdrawn: (answer: StoredAnswer) => boolean): Promise<void>
  /** `taken` while another process asks AuthSec; nothing where the store cannot tell. */
  lease(ms: number, ttlMs: number): Promise<Lease | 'taken' | undefined>
}

interface Place {
  readonly key: RawSealingKey
  readonly name: string
}

const IGNORED =
  'An entry of the store is no token of this agent, and was ignored: it was altered, moved or outlived, or the clocks of two processes differ. Check who writes to the store.'

export function createStoredTokens(
  { store, tokenKeys }: { store: AuthSecStore; tokenKeys: readonly RawSealingKey[] },
  config: TokenConfig,
  emit: Emit,
): StoredTokens {
  const { clock } = config
  const warn = rareWarnings(config, emit)
  const { use, until } = createStoreAccess(config, warn)
  let known: readonly Place[] | undefined
  /** The newest key's first. While keys are replaced, an entry may stand under an older one. */
  const places = (): readonly Place[] => {
    known ??= tokenKeys.map((key) => ({ key, name: entryName(config, key) }))
    return known
  }

  async function readOne(
    place: Place,
    ms: number,
    offsetMs: number | undefined,
  ): Promise<StoredAnswer | undefined> {
    const sealed = (await use(() => store.get(place.name), ms))?.value ?? undefined
    if (sealed === undefined) return undefined
    const answer = await openEntry(sealed, config, { ...place, offsetMs }).catch(ignored)
    if (!answer) warn('stored_token_ignored', IGNORED)
    return answer
  }

  async function readAll(ms: number, offsetMs?: number): Promise<readonly StoredAnswer[]> {
    const all = await Promise.all(places().map((place) => readOne(place, ms, offsetMs)))
    return all.filter((answer) => answer !== undefined)
  }

  return {
    until,
    async read(ms, offsetMs) {
      const all = await readAll(ms, offsetMs)
      return all.toSorted((a, b) => b.confirmedAt - a.confirmedAt)[0]
    },
    async write(answer) {
      const [place] = places()
      const left = answer.token.expiresAt.getTime() - (answer.serverTime ?? clock.now())
      const sealed =
        place && left > 0 ? await sealEntry(answer, config, place).catch(ignored) : undefined
      if (!place || sealed === undefined) return
      await use(() => store.set(place.name, sealed, Math.min(left, MAX_TTL_MS)), STORE_MS)
    },
    async remove(isWithdrawn) {
      const gone = async (place: Place): Promise<void> => {
        const answer = await readOne(place, STORE_MS, undefined)
        if (!answer || !isWithdrawn(answer)) return
        await use(() => store.delete(place.name), STORE_MS)
      }
      await Promise.all(places().map(gone))
    },
    async lease(ms, ttlMs) {
      const [place] = places().toSorted((a, b) => (a.key.kid < b.key.kid ? -1 : 1))
      const take = store.lease?.bind(store)
      if (!place || !take) return undefined
      return takeLease(
        () => take(`${place.name}-lease`, ttlMs),
        (work) => use(work, ms),
      )
    },
  }
}

/** No call fails because a process cannot seal. */
function ignored(): undefined {
  return undefined
}

/** A lease that comes too late is given back, so that nobody waits for it. */
async function takeLease(
  take: () => Promise<Lease | undefined>,
  use: <T>(work: () => Promise<T>) => Promise<{ readonly value: T } | undefined>,
): Promise<Lease | 'taken' | undefined> {
  let isLate = false
  const answer = await use(async () => {
    const lease = await take()
    if (isLate && lease) await lease.release()
    return lease
  }).finally(() => {
    // Also when the client was closed meanwhile.
    isLate = true
  })
  const given: unknown = answer?.value
  if (answer && (given === undefined || given === null)) return 'taken'
  return isLease(given) ? given : undefined
}

/** A store that is written by somebody else may give anything. */
function isLease(given: unknown): given is Lease {
  return typeof given === 'object' && given !== null && 'release' in given
}
