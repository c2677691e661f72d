import { hash } from '#runtime/platform/hashing'
import type { AuthSecClientOptions } from '../config/client-options.ts'
import { numberOf } from '../identity/object-number.ts'
import { assertPlainObject } from '../options/option-checks.ts'

/** What the agents of a pool share, so that it cannot differ from one to the other. */
type SharedOption =
  | 'baseUrl'
  | 'clientId'
  | 'fetch'
  | 'dispatcher'
  | 'proxy'
  | 'rateLimit'
  | 'clock'

/**
 * The options of one client of a pool; the others are those of the pool. Equal ones give the same client: plain values
 * that say the same, and the same functions, instances, `store` and `instrumentation`. Make these once, not in each call.
 */
export type ClientOverrides = Partial<Omit<AuthSecClientOptions, SharedOption>>

/**
 * What was given. An override that is `undefined` takes nothing away: a tenant that the pool checks stays checked.
 * Of a map, a promise or an instance nothing would be left, and that check would be gone.
 *
 * @throws ConfigError - for anything but a plain object.
 */
export function givenOverrides<Options extends object>(overrides: Options, what: string): Options {
  assertPlainObject(overrides, what)
  return Object.fromEntries(
    Object.entries(overrides).filter(([, value]) => value !== undefined),
  ) as Options
}

/**
 * A text that is the same for the same overrides: plain values by what they are, functions, instances of classes,
 * a store and an instrumentation by their identity. Empty for none.
 */
export function overridesKey(overrides: ClientOverrides): string {
  const { store, instrumentation, ...values } = overrides
  const text = textOf(values, 0, new Map())
  if (text === '{}' && store === undefined && instrumentation === undefined) return ''
  return `\0${hash('sha256', [store, instrumentation].map(exactText).join() + text)}`
}

/** It may be no object yet: what was given is checked when the client is made. */
function exactText(value: unknown): string {
  const isObject = (typeof value === 'object' && value !== null) || typeof value === 'function'
  return isObject ? identityOf(value) : primitiveText(value)
}

const MAX_DEPTH = 32
/** In characters. Longer texts of members are hashed, so that what is shared does not double at each level. */
const MAX_TEXT = 256

/** @param known - The texts of what was seen; empty for what is being looked at. */
function textOf(value: unknown, depth: number, known: Map<object, string>): string {
  if (typeof value === 'function') return identityOf(value)
  if (typeof value !== 'object' || value === null) return primitiveText(value)
  if (value instanceof URL) return JSON.stringify(value.href)
  const isPlain = Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype
  if (!isPlain || depth > MAX_DEPTH) return identityOf(value)
  const before = known.get(value)
  // What contains itself has no text of its own.
  if (before !== undefined) return before === '' ? identityOf(value) : before
  known.set(value, '')
  const text = membersText(value, depth, known)
  const short = text.length > MAX_TEXT ? `~${hash('sha256', text)}` : text
  known.set(value, short)
  return short
}

function membersText(value: object, depth: number, known: Map<object, string>): string {
  if (Array.isArray(value)) {
    return `[${value.map((item) => textOf(item, depth + 1, known)).join(',')}]`
  }
  const entries = Object.entries(value).filter(([, item]) => item !== undefined)
  const members = entries.toSorted(([a], [b]) => (a < b ? -1 : 1))
  const texts = members.map(([name, item]) => [
    JSON.stringify(name),
    textOf(item, depth + 1, known),
  ])
  return `{${texts.map((pair) => pair.join(':')).join(',')}}`
}

function primitiveText(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value) : `${typeof value} ${String(value)}`
}

function identityOf(value: object): string {
  return `#${numberOf(value)}`
}
