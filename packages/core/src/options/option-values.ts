import type { ConfigError } from '../errors.ts'
import { type Clock, MAX_TIMER_MS } from '../support/clock.ts'
import { invalidOption, kindOf, missingOption, type OptionCheck } from './option-checks.ts'

/** Checks of single options. Each throws a `ConfigError` that names the option. */

/**
 * Makes a check of a required option from a test and a description of what is allowed.
 *
 * @example
 * ```ts
 * import { required } from '@authsec/core/adapter'
 *
 * export const isPort = required((value) => Number.isInteger(value), 'a port number')
 * ```
 */
export function required(isAllowed: (value: unknown) => boolean, what: string): OptionCheck {
  return (value, field) => {
    if (value === undefined) throw missingOption(field, `Set ${field}: it must be ${what}.`)
    if (!isAllowed(value)) throw mustBe(field, what, value)
  }
}

/**
 * Makes a check of an option that may be left out.
 *
 * @example
 * ```ts
 * import { isText, optional } from '@authsec/core/adapter'
 *
 * export const optionalLabel = optional(isText)
 * ```
 */
export function optional(check: OptionCheck): OptionCheck {
  return (value, field) => {
    if (value !== undefined) check(value, field)
  }
}

export const isText: OptionCheck = required(
  (value) => typeof value === 'string' && value.trim() !== '',
  'a text that is not empty',
)
export const isFunction: OptionCheck = required(
  (value) => typeof value === 'function',
  'a function',
)
export const isObject: OptionCheck = required(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  'an object',
)
/** Of another class, such as a Map or Headers, the own members are not what is in it: it would be taken for empty. */
export const isPlainObject: OptionCheck = required((value) => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}, 'a plain object')
export const optionalText: OptionCheck = optional(isText)
export const optionalFunction: OptionCheck = optional(isFunction)
export const optionalObject: OptionCheck = optional(isObject)
export const optionalBoolean: OptionCheck = optional(
  required((value) => typeof value === 'boolean', 'true or false'),
)
/** A signal is known by its methods: it may come from another realm. */
export const optionalSignal: OptionCheck = optional(
  required((value) => {
    const signal: Partial<Record<keyof AbortSignal, unknown>> = Object(value)
    const methods = [signal.throwIfAborted, signal.addEventListener, signal.removeEventListener]
    return methods.every((method) => typeof method === 'function')
  }, 'an AbortSignal'),
)
/** For options that are checked elsewhere. */
export const uncheckedHere: OptionCheck = () => undefined

/** A clock may have further members, which are not checked. */
export const optionalClock: OptionCheck = optional(
  required((value) => {
    const clock: Partial<Record<keyof Clock, unknown>> =
      typeof value === 'object' && value !== null ? value : {}
    const methods = [clock.now, clock.monotonic, clock.setTimeout]
    return methods.every((method) => typeof method === 'function')
  }, 'an object with now, monotonic and setTimeout'),
)

/** A text or a list of texts, none of them empty: permissions, audiences. */
export const optionalNames: OptionCheck = optional(
  required((value) => {
    const names: unknown[] = Array.isArray(value) ? value : [value]
    return names.every((name) => typeof name === 'string' && name.trim() !== '')
  }, 'a name or a list of names'),
)

/**
 * Checks a list, and each of its items.
 *
 * @example
 * ```ts
 * import { isText, optionalList } from '@authsec/core/adapter'
 *
 * export const optionalLabels = optionalList(isText)
 * ```
 */
export function optionalList(of: OptionCheck): OptionCheck {
  return optional((value, field) => {
    if (!Array.isArray(value)) throw mustBe(field, 'a list', value)
    for (const [index, item] of value.entries()) of(item, `${field}[${index}]`)
  })
}

/**
 * Checks that the option is one of these texts.
 *
 * @example
 * ```ts
 * import { optionalChoice } from '@authsec/core/adapter'
 *
 * export const optionalFormat = optionalChoice('json', 'ndjson')
 * ```
 */
export function optionalChoice(...choices: readonly string[]): OptionCheck {
  const what = choices.map((choice) => `'${choice}'`).join(', ')
  return optional(
    required((value) => typeof value === 'string' && choices.includes(value), `one of ${what}`),
  )
}

export interface NumberRange {
  readonly least: number
  readonly most: number
  /** In errors: `milliseconds`, `bytes`. */
  readonly unit?: string
  readonly integer?: boolean
}

/**
 * Checks that the option is a number within a range, both ends included. NaN and Infinity are refused.
 *
 * @example
 * ```ts
 * import { optionalNumber } from '@authsec/core/adapter'
 *
 * export const optionalPages = optionalNumber({ least: 1, most: 10_000, integer: true })
 * ```
 */
export function optionalNumber({ least, most, unit, integer }: NumberRange): OptionCheck {
  const noun = `${integer ? 'a whole number' : 'a number'}${unit === undefined ? '' : ` of ${unit}`}`
  const isWithin = (value: unknown): boolean =>
    typeof value === 'number' &&
    value >= least &&
    value <= most &&
    (!integer || Number.isInteger(value))
  return optional(required(isWithin, `${noun} from ${least} to ${most}`))
}

/** A duration that ends up in a timer, in milliseconds. */
export const optionalMilliseconds: OptionCheck = optionalNumber({
  least: 1,
  most: MAX_TIMER_MS,
  unit: 'milliseconds',
})

function mustBe(field: string, what: string, value: unknown): ConfigError {
  return invalidOption(field, `must be ${what}, not ${kindOf(value)}`)
}
