import { ConfigError } from '../errors.ts'
import { nearestName } from './nearest-name.ts'

/**
 * Checks of options. A misspelt security option must not be ignored silently, so every options object
 * is checked whole when something is created from it: unknown names, types and ranges. The error names
 * the option, what it was given (its type, never the value) and what is allowed.
 */

/** Throws a `ConfigError` when the value of the option cannot be used. */
export type OptionCheck = (value: unknown, field: string) => void

/** One check for each option of `Options`: the compiler asks for those that are missing. */
export type OptionChecks<Options> = { readonly [Name in keyof Required<Options>]: OptionCheck }

/**
 * Checks an options object: it must be a plain object without unknown names, and each given option
 * must pass its check. An option that is `undefined` counts as not given.
 *
 * @param what - Names the object in errors, such as `the client options` or `resources[0]`.
 * @param prefix - Put before the names of its options in errors, such as `resources[0].`.
 * @throws ConfigError - `config_invalid`, for the first problem found.
 *
 * @example
 * ```ts
 * import { checkOptions, isText, optionalBoolean } from '@authsec/core/adapter'
 *
 * interface ReaderOptions {
 *   readonly endpoint: string
 *   readonly strict?: boolean | undefined
 * }
 *
 * export function createReader(options: ReaderOptions): void {
 *   checkOptions<ReaderOptions>(options, 'the reader options', {
 *     endpoint: isText,
 *     strict: optionalBoolean,
 *   })
 * }
 * ```
 */
export function checkOptions<Options>(
  options: unknown,
  what: string,
  checks: OptionChecks<Options>,
  prefix = '',
): asserts options is Options {
  const known = Object.keys(checks)
  assertPlainObject(options, what, allowed(what, known))
  for (const name in options) {
    if (!known.includes(name)) throw unknownOption(name, what, known)
  }
  for (const [name, check] of Object.entries<OptionCheck>(checks)) {
    check(Reflect.get(options, name), prefix + name)
  }
}

/** @throws ConfigError - `config_invalid`, for anything but a plain object. */
export function assertPlainObject(
  options: unknown,
  what: string,
  hint?: string,
): asserts options is object {
  if (isPlainObject(options)) return
  const isInstance = typeof options === 'object' && options !== null && !Array.isArray(options)
  const given = isInstance ? 'a plain object, not an instance of a class' : undefined
  throw invalidOption(what, `must be ${given ?? `an object, not ${kindOf(options)}`}`, hint)
}

/** Instances of classes are refused, because spreading one loses what it inherits, such as a guard. */
function isPlainObject(value: unknown): value is object {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  // An object of another realm has another Object.prototype.
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

function unknownOption(name: string, what: string, known: readonly string[]): ConfigError {
  // A key can be a secret by mistake, so the error repeats only short names.
  const shown = /^[A-Za-z_$][\w$]{0,29}$/.test(name) ? `"${name}" ` : ''
  const near = nearestName(name, known)
  const question = near === undefined ? '.' : `; did you mean "${near}"?`
  const message = `Unknown option ${shown}in ${what}${question}`
  return new ConfigError({ code: 'config_invalid', message, hint: allowed(what, known) })
}

function allowed(what: string, known: readonly string[]): string {
  // "the client options" and "the options of the aws exchange" say already that they are options.
  const subject = /\boptions\b/.test(what)
    ? what.replace(/^the /, 'The ')
    : `The options of ${what}`
  return `${subject} are: ${known.join(', ') || 'none'}.`
}

/** The text of a value whose own conversion may fail, with an error that can quote anything: then it is empty. */
export function textOf(value: unknown): string {
  try {
    return String(value)
  } catch {
    return ''
  }
}

/** Describes a value for an error that must not quote it. */
export function kindOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'number') return numberKind(value)
  if (value === '') return 'an empty text'
  const kinds: Readonly<Record<string, string>> = {
    string: 'a text',
    object: 'an object',
    undefined: 'undefined',
  }
  return kinds[typeof value] ?? `a ${typeof value}`
}

function numberKind(value: number): string {
  if (!Number.isFinite(value)) return String(value)
  if (value < 0) return 'a negative number'
  if (value === 0) return '0'
  return Number.isInteger(value) ? 'a number' : 'a fraction'
}

/**
 * The error for an option that cannot work. It names the option and never repeats the value.
 *
 * @param problem - Follows the name, without a full stop: `must be an https URL`.
 * @param hint - The remedy, as one sentence.
 *
 * @example
 * ```ts
 * import { invalidOption } from '@authsec/core/adapter'
 *
 * export const error = invalidOption('cacheSeconds', 'must be shorter than a day')
 * ```
 */
export function invalidOption(
  field: string,
  problem: string,
  hint = `Correct ${field}.`,
): ConfigError {
  return new ConfigError({ code: 'config_invalid', message: `${field} ${problem}.`, hint })
}

export function missingOption(field: string, hint: string): ConfigError {
  return new ConfigError({ code: 'config_missing', message: `${field} is missing.`, hint })
}
