import { ConfigError } from '../errors.ts'
import { nearestName } from './nearest-name.ts'

/**
 * The checks of options objects. Every options object is checked whole before it is used: its names,
 * and the types and ranges of its values. An error names the option, what was given (its kind, never
 * the value, which may be a secret) and what is allowed.
 */

/** Throws a `ConfigError` when the value cannot be used. */
export type OptionCheck = (value: unknown, field: string) => void

/** One check for each option. The compiler reports an option without a check. */
export type OptionChecks<Options> = { readonly [Name in keyof Required<Options>]: OptionCheck }

/**
 * Checks an options object. An option that is `undefined` counts as not given.
 *
 * `what` names the object in errors, such as `users[0]`, and `prefix` precedes the names of its
 * options, such as `users[0].`. Throws a `ConfigError` for the first mistake.
 */
export function checkOptions<Options>(
  options: unknown,
  what: string,
  checks: OptionChecks<Options>,
  prefix = '',
): asserts options is Options {
  const known = Object.keys(checks)
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw invalidOption(what, `must be an object, not ${kindOf(options)}`, allowed(what, known))
  }
  for (const name in options) {
    if (!known.includes(name)) throw unknownOption(name, what, known)
  }
  for (const [name, check] of Object.entries<OptionCheck>(checks)) {
    check(Reflect.get(options, name), prefix + name)
  }
}

function unknownOption(name: string, what: string, known: readonly string[]): ConfigError {
  // A name can be a secret by mistake. The message repeats only a text that looks like the name of an option.
  const shown = /^(--)?[A-Za-z_$][\w$-]{0,29}$/.test(name) ? `"${name}" ` : ''
  const message = `Unknown option ${shown}in ${what}${suggestion(name, known)}`
  return new ConfigError({ code: 'config_invalid', message, hint: allowed(what, known) })
}

/** The end of a sentence: a full stop, or the question for a known name that is nearly the same. */
export function suggestion(name: string, known: readonly string[]): string {
  const nearest = nearestName(name, known)
  return nearest === undefined ? '.' : `; did you mean "${nearest}"?`
}

function allowed(what: string, known: readonly string[]): string {
  // "the delegate options" say already that they are options.
  const subject = /\boptions\b/.test(what)
    ? what.replace(/^the /, 'The ')
    : `The options of ${what}`
  return `${subject} are: ${known.join(', ')}.`
}

/** What a value is, for an error that must not quote the value. */
export function kindOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list'
  if (typeof value === 'number') return numberKind(value)
  if (value === '') return 'an empty text'
  const kinds: Readonly<Record<string, string>> = {
    string: 'this text',
    object: 'an object',
    undefined: 'undefined',
  }
  return kinds[typeof value] ?? `a ${typeof value}`
}

function numberKind(value: number): string {
  if (!Number.isFinite(value)) return String(value)
  if (value < 0) return 'a negative number'
  if (value === 0) return '0'
  return Number.isInteger(value) ? 'this number' : 'a fraction'
}

/** The error for a value that cannot work. It names the option and never repeats the value. */
export function invalidOption(field: string, problem: string, hint: string): ConfigError {
  return new ConfigError({ code: 'config_invalid', message: `${field} ${problem}.`, hint })
}
