import { invalidOption } from '../options/option-checks.ts'
import type { CallKey } from '../policy/plan-call.ts'
import { isFreeHeader } from '../policy/request-headers.ts'
import { isSafeMethod } from '../policy/resource-policy.ts'

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

/** Throws `ConfigError` for a key that has no use, and for one in the place of a header of the developer. */
export function assertCallKey(
  {
    name,
    idempotencyKey,
    headers = {},
  }: {
    readonly name: string
    readonly idempotencyKey?: boolean | string | undefined
    readonly headers?: Readonly<Record<string, string>> | undefined
  },
  method: string,
): void {
  const header = keyHeaderOf(idempotencyKey)
  if (header === undefined) return
  const option = `\`idempotencyKey\` of the operation ${name}`
  if (isSafeMethod(method)) {
    const hint = 'Remove it: such a request changes nothing, and is repeated without a key.'
    throw invalidOption(option, `has no place in a ${method} request`, hint)
  }
  if (!Object.keys(headers).some((own) => own.toLowerCase() === header)) return
  throw invalidOption(option, 'names a header that `headers` sets', 'Remove one of the two.')
}

/** A new key for one call. */
export function callKeyOf(option: boolean | string | undefined): CallKey | undefined {
  const header = keyHeaderOf(option)
  return header === undefined ? undefined : { header, value: crypto.randomUUID() }
}
