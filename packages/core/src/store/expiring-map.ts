/** Entries that end, oldest first. Times are of one clock, in milliseconds. */
export interface ExpiringMap<T> {
  readonly size: number
  get(key: string, now: number): T | undefined
  /** Whether there is an entry, ended or not. */
  has(key: string): boolean
  set(key: string, value: T, endsAt: number, now: number): void
  delete(key: string): void
  dropOldest(): void
  /** Drops all that ended. */
  dropEnded(now: number): void
  /** When the first one may end; Infinity if there is none. */
  firstEnd(): number
}

/** How many entries each `set` looks at: more than it adds, so that what ended cannot pile up. */
const STEPS = 4

export function createExpiringMap<T>(): ExpiringMap<T> {
  const entries = new Map<string, { readonly value: T; readonly endsAt: number }>()
  let round = entries.entries()
  // Stays where it is: a new iterator would walk over all that was deleted since the last rehash.
  let oldest = entries.keys()
  // Never later than the first end, so that a look at all entries is worth it only from then on.
  let earliest = Number.POSITIVE_INFINITY

  /** An iterator of a Map goes on correctly while entries come and go. */
  function dropSome(now: number): void {
    for (let step = 0; step < STEPS; step++) {
      const { done, value } = round.next()
      if (done) {
        round = entries.entries()
        return
      }
      if (value[1].endsAt <= now) entries.delete(value[0])
    }
  }

  function dropEnded(now: number): void {
    if (now < earliest) return
    earliest = Number.POSITIVE_INFINITY
    for (const [key, { endsAt }] of entries) {
      if (endsAt <= now) entries.delete(key)
      else earliest = Math.min(earliest, endsAt)
    }
  }

  return {
    get size() {
      return entries.size
    },
    get(key, now) {
      const entry = entries.get(key)
      return entry === undefined || entry.endsAt <= now ? undefined : entry.value
    },
    has: (key) => entries.has(key),
    set(key, value, endsAt, now) {
      dropSome(now)
      // What is set again is the newest.
      entries.delete(key)
      entries.set(key, { value, endsAt })
      earliest = Math.min(earliest, endsAt)
    },
    delete: (key) => void entries.delete(key),
    dropOldest() {
      let { done, value } = oldest.next()
      if (done) {
        oldest = entries.keys()
        value = oldest.next().value
      }
      if (value !== undefined) entries.delete(value)
    },
    dropEnded,
    firstEnd: () => earliest,
  }
}
