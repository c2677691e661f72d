import type { CallKey } from '../policy/plan-call.ts'
import { isFreeHeader } from '../policy/request-headers.ts'

const HEADER = 'idempotency-key'

/** Whether a value is the name of a header that can carry the key of a call. */
export function isKeyHeader(value: unknown): boolean {
  return isFreeHeader(value) || (typeof value === 'string' && value.toLowerCase() === HEADER)
}

/** The name of the header that carries the key, in lower case; nothing where there is none. */
export function keyHeaderOf(option: boolean | string | undefined): string | undefined {
  if (option === undefined || option === false) return undefined
  return option === true ? HEADER : option.toLowerCase()
}

/** A new key for one call. */
export function callKeyOf(option: boolean | string | undefined): CallKey | undefined {
  const header = keyHeaderOf(option)
  return header === undefined ? undefined : { header, value: crypto.randomUUID() }
}
