import { hash } from 'node:crypto'

/**
 * The name of an entry: the SHA-256 of its key. So it has one length, shows nothing of the key in the database's own
 * logs, and tells apart what the database's encoding would not.
 */
export function entryName(key: string): string {
  // By code units: in UTF-8 all lone surrogates are the same.
  return hash('sha256', Buffer.from(key, 'utf16le'))
}

/** JSON, because UTF-8 has no lone surrogates, and some databases end a text at NUL. */
export function storedText(value: string): string {
  return JSON.stringify(value)
}

/** What was stored; undefined for a text that no store has written. */
export function storedValue(text: string): string | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'string' ? value : undefined
  } catch {
    return undefined
  }
}
