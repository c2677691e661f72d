import { hash } from '#runtime/platform/hashing'
import type { AuthSecClientOptions } from '../config/client-options.ts'

/** What the agents of a pool share, so that it cannot differ from one to the other. */
type SharedOption =
  | 'baseUrl'
  | 'clientId'
  | 'fetch'
  | 'dispatcher'
  | 'proxy'
  | 'rateLimit'
  | 'clock'

/** The options of one client of a pool; the others are those of the pool. */
export type ClientOverrides = Partial<Omit<AuthSecClientOptions, SharedOption>>

/** What was given. An override that is `undefined` takes nothing away: a tenant that the pool checks stays checked. */
export function givenOverrides<Options extends object>(overrides: Options): Options {
  return Object.fromEntries(
    Object.entries(overrides).filter(([, value]) => value !== undefined),
  ) as Options
}

/**
 * A text that is the same for the same overrides: plain values by what they are, functions and instances of
 * classes by their identity. Empty for none.
 */
export function overridesKey(overrides: ClientOverrides): string {
  const text = textOf(overrides, 0)
  return text === '{}' ? '' : `\0${hash('sha256', text)}`
}

const MAX_DEPTH = 32

function textOf(value: unknown, depth: number): string {
  if (typeof value === 'function') return identityOf(value)
  if (typeof value !== 'object' || value === null) return primitiveText(value)
  if (depth > MAX_DEPTH) return identityOf(value)
  if (Array.isArray(value)) return `[${value.map((item) => textOf(item, depth + 1)).join(',')}]`
  if (value instanceof URL) return JSON.stringify(value.href)
  if (Object.getPrototypeOf(value) !== Object.prototype) return identityOf(value)
  const entries = Object.entries(value).filter(([, item]) => item !== undefined)
  const sorted = entries.sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${sorted.map(([name, item]) => `${JSON.stringify(name)}:${textOf(item, depth + 1)}`).join(',')}}`
}

function primitiveText(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value) : `${typeof value} ${String(value)}`
}

const identities = new WeakMap<object, number>()
let last = 0

function identityOf(value: object): string {
  const known = identities.get(value)
  if (known !== undefined) return `#${known}`
  last += 1
  identities.set(value, last)
  return `#${last}`
}
