import { Buffer } from '#runtime/platform/bytes'
import { invalidOption, type OptionCheck } from './option-checks.ts'

/** A key that seals what other processes of the same agent open: 256 bits of randomness, the same in all of them. */
export interface SealingKey {
  /** Names the key in what it sealed. Anybody may read it. */
  readonly kid: string
  /** 32 bytes: as bytes, or as base64url or base64. */
  readonly key: string | Uint8Array
}

/** A key that was checked. */
export interface RawSealingKey {
  readonly kid: string
  readonly bytes: Uint8Array<ArrayBuffer>
}

const HOW = 'Make a key with `openssl rand -base64 32`, and give it a name, the kid.'

/** Throws `ConfigError` for a list of keys that cannot seal. The error never repeats a key. */
export const optionalSealingKeys: OptionCheck = (value, field) => {
  if (value !== undefined) readSealingKeys(value, field)
}

/** The first key seals, all of them open. */
export function readSealingKeys(value: unknown, field: string): readonly RawSealingKey[] {
  if (!Array.isArray(value) || value.length === 0) {
    throw invalidOption(field, 'must be a list of one or more { kid, key }', HOW)
  }
  const keys = value.map((one: unknown, index) => readKey(Object(one), `${field}[${index}]`))
  if (new Set(keys.map(({ kid }) => kid)).size < keys.length) {
    throw invalidOption(field, 'has two keys with the same kid', 'Give each key a kid of its own.')
  }
  return Object.freeze(keys)
}

function readKey(one: { kid?: unknown; key?: unknown }, field: string): RawSealingKey {
  const { kid, key } = one
  if (typeof kid !== 'string' || !/^[\w.-]{1,64}$/.test(kid)) {
    throw invalidOption(
      `${field}.kid`,
      'must be a short name of letters, digits, dots, - and _',
      `Correct ${field}.kid, such as '2026-11'.`,
    )
  }
  return Object.freeze({ kid, bytes: readRandomKey(key, `${field}.key`, HOW) })
}

/** The 32 bytes of a key, as a copy. Throws `ConfigError` for what cannot be one; the error never repeats it. */
export function readRandomKey(
  key: unknown,
  field: string,
  hint = 'Make a key with `openssl rand -base64 32`.',
): Uint8Array<ArrayBuffer> {
  const bytes = bytesOf(key)
  const isRandom = bytes !== undefined && new Set(bytes).size > 4
  if (bytes?.length === 32 && isRandom) return bytes
  throw invalidOption(field, 'must be 32 random bytes, as bytes or as base64url', hint)
}

function bytesOf(key: unknown): Uint8Array<ArrayBuffer> | undefined {
  if (key instanceof Uint8Array) return Uint8Array.from(key)
  if (typeof key !== 'string' || !/^[\w+/-]{43}=?$/.test(key)) return undefined
  return Uint8Array.from(Buffer.from(key, 'base64'))
}
