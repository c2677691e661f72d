import { strangeAnswer } from './redis-errors.ts'

/** Clients can be set to give texts as bytes, and numbers as texts. */

/** A text; `undefined` for none. */
function textReply(reply: unknown): string | undefined {
  if (reply === null || reply === undefined) return undefined
  if (typeof reply === 'string') return reply
  if (reply instanceof Uint8Array) return Buffer.from(reply).toString('utf8')
  throw strangeAnswer()
}

/**
 * The value of a key; `undefined` for none, which the clients say with null. In a transaction every command is answered
 * with `QUEUED`, which no value is: all of them are JSON.
 */
export function valueReply(reply: unknown): string | undefined {
  const text = textReply(reply)
  if (reply === undefined || text === 'QUEUED') throw strangeAnswer()
  return text
}

/** What a script says with 1 and 0; `QUEUED` is neither. */
export function yesReply(reply: unknown): boolean {
  const text =
    typeof reply === 'number' || typeof reply === 'bigint' ? `${reply}` : textReply(reply)
  if (text === '1') return true
  if (text === '0') return false
  throw strangeAnswer()
}

export function okReply(reply: unknown): void {
  if (textReply(reply) !== 'OK') throw strangeAnswer()
}
