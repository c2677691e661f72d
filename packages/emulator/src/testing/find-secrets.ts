import { AssertionError } from 'node:assert'
import type { EmulatorHandler } from '../emulator.ts'
import { readings } from './readings.ts'
import { renderings } from './renderings.ts'
import { createSecretSearch, type SecretSearch } from './secret-search.ts'

/** What of an emulator tells its secrets. */
export type SecretSource = Pick<EmulatorHandler, 'clientId' | 'cibaClientId' | 'control'>

/** A secret that was found, without the secret. */
interface FoundSecret {
  readonly name: string
  /** Where: `value.messages[2].content`. */
  readonly place: string
}

/**
 * Throws an `AssertionError` that names each secret of these emulators in the value, and its place. The
 * error does not repeat the secret.
 */
export function assertNoSecrets(value: unknown, sources: readonly SecretSource[]): void {
  const found = findSecrets(value, sources)
  if (found.length === 0) return
  const lines = found.map(({ name, place }) => `- ${name}, in ${place}`)
  const message = `Expected no secrets, and found ${found.length}:\n${lines.join('\n')}`
  throw new AssertionError({ message, stackStartFn: assertNoSecrets })
}

export function findSecrets(
  value: unknown,
  sources: readonly SecretSource[],
): readonly FoundSecret[] {
  const search = createSecretSearch(namedSecrets(sources))
  const found = new Map<string, string>()
  for (const { place, text } of texts(value)) {
    for (const name of namesIn(text, search)) if (!found.has(name)) found.set(name, place)
  }
  return [...found].map(([name, place]) => ({ name, place }))
}

/** Also in base64, in hexadecimal, percent-encoded and in escapes, and one in the other. */
function namesIn(text: string, search: SecretSearch): Set<string> {
  const names = readings(text).flatMap((reading) => [
    ...search.namesIn(reading),
    ...search.namesIn(reading.toLowerCase()),
  ])
  return new Set(names)
}

function namedSecrets(sources: readonly SecretSource[]): ReadonlyMap<string, string> {
  const secrets = new Map<string, string>()
  for (const { control } of sources) {
    for (const [index, { clientId }] of control.agents().entries()) {
      const name = `the client ID of agent ${index + 1}`
      secrets.set(clientId, name)
      secrets.set(clientId.replaceAll('-', ''), name)
    }
    for (const secret of control.issuedSecrets) {
      const isDelegation = control.issuedTokens.includes(secret)
      const name = isDelegation ? 'a delegation token' : 'a session token or another credential'
      // The signature is the part of a JWT without which the rest is not usable.
      secrets.set(secret.split('.')[2] || secret, name)
    }
    for (const { authReqId } of control.approvals()) {
      // Padding is often lost on the way.
      secrets.set(authReqId.replace(/=+$/, ''), 'the auth_req_id of an approval')
    }
  }
  return secrets
}

interface PlacedText {
  readonly place: string
  readonly text: string
}

/** Every text in a value with its place, and last the value as it would be printed. */
function* texts(value: unknown): Generator<PlacedText> {
  yield* textsIn(value, 'value', new Set())
  for (const text of renderings(value)) yield { place: 'value, as it is printed', text }
}

function* textsIn(value: unknown, place: string, seen: Set<object>): Generator<PlacedText> {
  if (typeof value === 'string') yield { place, text: value }
  if (typeof value !== 'object' || value === null || seen.has(value)) return
  seen.add(value)
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) {
    yield { place, text: bytesOf(value).toString('latin1') }
    return
  }
  if (value instanceof URL || value instanceof URLSearchParams) yield { place, text: String(value) }
  for (const [key, entry] of entriesOf(value)) {
    yield { place: `a key of ${place}`, text: key }
    yield* textsIn(entry, placeOf(place, key), seen)
  }
}

function placeOf(place: string, key: string): string {
  if (/^\d+$/.test(key)) return `${place}[${key}]`
  // A key may be a secret itself.
  return /^[A-Za-z_$][\w$]{0,23}$/.test(key) ? `${place}.${key}` : `${place}[…]`
}

function bytesOf(value: ArrayBufferView | ArrayBuffer): Buffer {
  if (value instanceof ArrayBuffer) return Buffer.from(value)
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength)
}

/** Maps, Sets, Headers and forms by what they hold; anything else by its own properties, hidden ones included. */
function entriesOf(value: object): (readonly [string, unknown])[] {
  const isMapLike = value instanceof Map || value instanceof Headers || value instanceof FormData
  const held: [unknown, unknown][] = isMapLike
    ? [...(value as Iterable<[unknown, unknown]>)]
    : value instanceof Set
      ? [...value].map((one, index) => [String(index), one])
      : []
  const own = Reflect.ownKeys(value).flatMap((key): [string, unknown][] => {
    const descriptor = Reflect.getOwnPropertyDescriptor(value, key)
    return descriptor && 'value' in descriptor ? [[String(key), descriptor.value]] : []
  })
  const keys = held.map(([key, entry]): [string, unknown] => [String(key), entry])
  // A key that is an object is looked at like a value.
  const objects = held.flatMap(([key]): [string, unknown][] =>
    typeof key === 'object' ? [['key', key]] : [],
  )
  return [...keys, ...objects, ...own]
}
