import { Buffer } from '#runtime/platform/bytes'

/** Random bytes for the next IDs: asking for 8 at a time costs more than the rest of an ID. */
const pool = Buffer.alloc(4_096)
const ID_BYTES = 8
let used = pool.length

/**
 * A new ID of a call: `call_` and 16 hex digits of randomness. It is in all events of the call, and no secret.
 *
 * @example
 * ```ts
 * import { newCallId } from '@authsec/core/adapter'
 *
 * console.log(newCallId())
 * ```
 */
export function newCallId(): string {
  if (used === pool.length) {
    crypto.getRandomValues(pool)
    used = 0
  }
  used += ID_BYTES
  return `call_${pool.toString('hex', used - ID_BYTES, used)}`
}

/** Whether a text has the form of an ID, and can be sent in a header. */
export function isCallId(value: unknown): value is string {
  return typeof value === 'string' && /^call_[\da-f]{16}$/.test(value)
}
