import type { Clock } from '../support/clock.ts'
import { invalidOption, kindOf, missingOption, mustBe, type OptionCheck } from './option-checks.ts'

/** The checks that options are made of. Each throws a `ConfigError` that names the option. */

/** What a check allows, for its error. */
interface Allowed {
  readonly what: string
  /** Describes a value of the right type that is not allowed. Default: its type. */
  readonly otherwise?: string
  /** The remedy. Default: to set the option to what is allowed. */
  readonly hint?: string | undefined
}

/** Turns a test and a description of what is allowed into a check that requires the option. */
function required(
  isAllowed: (value: unknown) => boolean,
  { what, otherwise, hint }: Allowed,
): OptionCheck {
  return (value, field) => {
    if (value === undefined) throw missingOption(field, hint ?? `Set ${field} to ${what}.`)
    if (!isAllowed(value)) throw mustBe(field, what, value, hint, otherwise)
  }
}

/** A string of a certain form, such as a UUID. */
export function requiredString(
  isAllowed: (value: string) => boolean,
  what: string,
  hint?: string,
): OptionCheck {
  const isString = required((value) => typeof value === 'string' && value !== '', { what, hint })
  return (value, field) => {
    if (typeof value === 'string' && value !== '' && isAllowed(value)) return
    isString(value, field)
    throw mustBe(field, what, value, hint, 'another string')
  }
}

/** The same check for an option that may be left out. */
export function optional(check: OptionCheck): OptionCheck {
  return (value, field) => {
    if (value !== undefined) check(value, field)
  }
}

export const optionalFunction: OptionCheck = optional(
  required((value) => typeof value === 'function', { what: 'a function' }),
)

export const optionalBoolean: OptionCheck = optional(
  required((value) => typeof value === 'boolean', { what: 'true or false' }),
)

export const isNonEmptyString: OptionCheck = requiredString(
  (value) => value.trim() !== '',
  'a string that is not empty',
)

const CLOCK_METHODS: readonly (keyof Clock)[] = ['now', 'monotonic', 'setTimeout']

/** A clock is the caller's object: it may have further members. */
export const optionalClock: OptionCheck = optional((value, field) => {
  const what = 'an object with the methods now, monotonic and setTimeout'
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
  const given = isObject ? 'an object that lacks one' : kindOf(value)
  required((clock) => hasMethods(clock, CLOCK_METHODS), { what, otherwise: given })(value, field)
})

export function hasMethods(value: unknown, names: readonly string[]): boolean {
  if (typeof value !== 'object' || value === null) return false
  return names.every((name) => typeof Reflect.get(value, name) === 'function')
}

export function isOneOf(...choices: readonly string[]): OptionCheck {
  const names = choices.map((choice) => `'${choice}'`)
  return requiredString((value) => choices.includes(value), names.join(' or '))
}

/** A finite number within limits, which are allowed themselves. */
export interface NumberRange {
  readonly least: number
  readonly most: number
  readonly unit: 'seconds'
}

export function optionalNumber({ least, most, unit }: NumberRange): OptionCheck {
  const what = `a number of ${unit} from ${least} to ${most}`
  return optional((value, field) => {
    // NaN and Infinity are named in the error; they lie in no range.
    if (typeof value !== 'number' || !Number.isFinite(value)) throw mustBe(field, what, value)
    const given = value < least ? 'a smaller number' : 'a larger number'
    if (value < least || value > most) throw mustBe(field, what, value, undefined, given)
  })
}

/** The length of an array, and what the array is in errors. */
export interface ArrayLimits {
  readonly what: string
  readonly least?: number
  readonly most?: number
  readonly hint?: string
}

/** An array in which each item passes the check. */
export function isArrayOf(item: OptionCheck, limits: ArrayLimits): OptionCheck {
  const { what, least = 0, most = Number.POSITIVE_INFINITY, hint } = limits
  return (value, field) => {
    if (value === undefined) throw missingOption(field, hint ?? `Set ${field} to ${what}.`)
    if (!Array.isArray(value) || value.length < least) throw mustBe(field, what, value, hint)
    if (value.length > most) throw mustBe(field, what, value, hint, 'a longer array')
    // By index, because a hole in the array is an item as well.
    for (let index = 0; index < value.length; index++) {
      const name = `${field}[${index}]`
      if (value[index] === undefined) throw invalidOption(name, 'is undefined', `Set ${name}.`)
      item(value[index], name)
    }
  }
}
