import type { DatabaseSync } from 'node:sqlite'

type Kind = 'value' | 'claim' | 'lease'

/** The rows of the table. Each operation is one statement, so it happens whole or not at all. Times are of 1970. */
export interface Entries {
  /** The value that has not ended. */
  read(name: string, now: number): string | undefined
  write(name: string, value: string, endsAt: number): void
  /** Whether it was free, or has ended, and is ours now. */
  take(kind: Kind, name: string, token: string, now: number, endsAt: number): boolean
  /** @param value - Removes it only if it is this one: it may be somebody else's by now. */
  remove(kind: Kind, name: string, value?: string): void
  /** Removes some that have ended, those first that ended first. */
  removeEnded(now: number, most: number): void
}

const REPLACE = 'DO UPDATE SET value = excluded.value, ends_at = excluded.ends_at'

export function createEntries(connection: DatabaseSync): Entries {
  const read = connection.prepare(
    "SELECT value FROM entries WHERE kind = 'value' AND name = ? AND ends_at > ?",
  )
  const write = connection.prepare(
    `INSERT INTO entries (kind, name, value, ends_at) VALUES ('value', ?, ?, ?) ON CONFLICT ${REPLACE}`,
  )
  const take = connection.prepare(
    `INSERT INTO entries (kind, name, value, ends_at) VALUES (?, ?, ?, ?)
     ON CONFLICT ${REPLACE} WHERE entries.ends_at <= ?`,
  )
  const remove = connection.prepare('DELETE FROM entries WHERE kind = ? AND name = ?')
  const removeOwn = connection.prepare(
    'DELETE FROM entries WHERE kind = ? AND name = ? AND value = ?',
  )
  const removeEnded = connection.prepare(
    `DELETE FROM entries WHERE (kind, name) IN
     (SELECT kind, name FROM entries WHERE ends_at <= ? ORDER BY ends_at LIMIT ?)`,
  )
  return {
    read(name, now) {
      const value: unknown = read.get(name, now)?.['value']
      return typeof value === 'string' ? value : undefined
    },
    write: (name, value, endsAt) => void write.run(name, value, Math.ceil(endsAt)),
    take: (kind, name, token, now, endsAt) =>
      Number(take.run(kind, name, token, Math.ceil(endsAt), now).changes) === 1,
    remove(kind, name, value) {
      if (value === undefined) remove.run(kind, name)
      else removeOwn.run(kind, name, value)
    },
    removeEnded: (now, most) => void removeEnded.run(now, most),
  }
}

/** One call in this many sweeps. */
const EVERY = 16
/** How many it removes at most: more than were added since, so that what ended cannot pile up. */
const MOST = 64

/** Removes what ended, now and then. A failure of it is no failure of the call. */
export function createSweep(entries: Entries): (now: number) => void {
  let calls = 0
  return (now) => {
    calls += 1
    if (calls % EVERY !== 0) return
    try {
      entries.removeEnded(now, MOST)
    } catch {
      // The next one does it; the call itself finds out what is wrong.
    }
  }
}
