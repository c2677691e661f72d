import { ConfigError } from '../errors.ts'
import type { Clock } from './clock.ts'
import { isLocalUrl } from './local-url.ts'
import { invalidOption, kindOf, type OptionCheck, suggestion } from './option-checks.ts'
import { UUID } from './uuid.ts'

/** The checks of single values. Each requires its value, except those that `optional` makes. */

/** Turns a test, and a description of what passes it, into a check. */
export function required(isAllowed: (value: unknown) => boolean, what: string): OptionCheck {
  return (value, field) => {
    if (value === undefined) throw missing(field, what)
    if (!isAllowed(value)) throw mustBe(field, what, value)
  }
}

function missing(field: string, what: string): ConfigError {
  const hint = `Set ${field} to ${what}.`
  return new ConfigError({ code: 'config_missing', message: `${field} is missing.`, hint })
}

function mustBe(field: string, what: string, value: unknown): ConfigError {
  return invalidOption(field, `must be ${what}, not ${kindOf(value)}`, `Set ${field} to ${what}.`)
}

export function optional(check: OptionCheck): OptionCheck {
  return (value, field) => {
    if (value !== undefined) check(value, field)
  }
}

function isFilledText(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== ''
}

export const text: OptionCheck = required(isFilledText, 'a text that is not empty')

export const boolean: OptionCheck = required((value) => typeof value === 'boolean', 'true or false')

export const object: OptionCheck = required(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  'an object',
)

export const email: OptionCheck = required(
  (value) => typeof value === 'string' && /^[^\s@]+@[^\s@]+$/.test(value),
  'an email address',
)

/** An address to which the emulator sends something. */
export const localUrl: OptionCheck = required(
  (value) => typeof value === 'string' && isLocalUrl(value),
  'an http URL of this computer without a query, such as http://127.0.0.1:3000/pings',
)

/** The server stores UUIDs in lower case and compares them as text (contract 1.1). */
export const uuid: OptionCheck = required(
  (value) => typeof value === 'string' && UUID.test(value) && value === value.toLowerCase(),
  'a UUID in lower case',
)

/** Only the three methods are checked: a clock may be any object that has them. */
export const clock: OptionCheck = required((value) => {
  const given: Partial<Record<keyof Clock, unknown>> =
    typeof value === 'object' && value !== null ? value : {}
  const methods = [given.now, given.monotonic, given.setTimeout]
  return methods.every((method) => typeof method === 'function')
}, 'an object with the methods now, monotonic and setTimeout')

/** One of the given texts. The error suggests the nearest one for a typing mistake. */
export function choice(...choices: readonly string[]): OptionCheck {
  const what = `one of ${choices.map((one) => `'${one}'`).join(', ')}`
  return (value, field) => {
    if (value === undefined) throw missing(field, what)
    if (typeof value === 'string' && choices.includes(value)) return
    if (typeof value !== 'string') throw mustBe(field, what, value)
    const message = `${field} has an unknown value${suggestion(value, choices)}`
    throw new ConfigError({ code: 'config_invalid', message, hint: `Set ${field} to ${what}.` })
  }
}

/** A list whose items pass a check. `items` names them, such as `texts`. */
export function list(of: OptionCheck, items: string): OptionCheck {
  return (value, field) => {
    if (value === undefined) throw missing(field, `a list of ${items}`)
    if (!Array.isArray(value)) throw mustBe(field, `a list of ${items}`, value)
    for (const [index, item] of value.entries()) of(item, `${field}[${index}]`)
  }
}

/** The same, with one item at least. */
export function filledList(of: OptionCheck, items: string): OptionCheck {
  const check = list(of, items)
  return (value, field) => {
    check(value, field)
    if (Array.isArray(value) && value.length === 0) throw mustBe(field, `a list of ${items}`, value)
  }
}

/** A whole number, with both ends included. */
export function wholeNumber(least: number, most: number, unit = ''): OptionCheck {
  const isWithin = (value: unknown): boolean =>
    typeof value === 'number' && Number.isSafeInteger(value) && value >= least && value <= most
  const noun = unit === '' ? 'a whole number' : `a whole number of ${unit}`
  const upper = most === Number.MAX_SAFE_INTEGER ? `${least} upwards` : `${least} to ${most}`
  return required(isWithin, `${noun} from ${upper}`)
}

/** The longest delay of a timer. Node fires a timer with a longer one after 1 ms. */
const MAX_TIMER_MS = 2_147_483_647

/** A delay of a timer, in milliseconds. A fraction is allowed. */
export const milliseconds: OptionCheck = required(
  (value) => typeof value === 'number' && value >= 0 && value <= MAX_TIMER_MS,
  `a number of milliseconds from 0 to ${MAX_TIMER_MS}`,
)
