import { ConfigError } from './config-error.ts'
import { nearestName } from './nearest-name.ts'

/**
 * Checks of options. A misspelt guard must not be ignored, so every options object is checked whole:
 * unknown names, types and ranges. The error names the option, what was given (its type, never its
 * value) and what is allowed.
 */

/** Throws a `ConfigError` when the value of the option cannot be used. */
export type OptionCheck = (value: unknown, field: string) => void

/** One check for each option of `Options`: the compiler reports a missing one. */
export type OptionChecks<Options> = { readonly [Name in keyof Required<Options>]: OptionCheck }

/**
 * Checks an options object: it must be an object without unknown names, and each option must pass its
 * check. An option that is `undefined` counts as not given. `what` names the object in errors, such as
 * `the verifier options`; `prefix` is put before the names of its options, such as `onlineCheck.`.
 */
export function checkOptions<Options>(
  options: unknown,
  what: string,
  checks: OptionChecks<Options>,
  prefix = '',
): asserts options is Options {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    // The name of the object may begin the sentence.
    throw mustBe(what.replace(/^the /, 'The '), 'an object', options, availableOptions(checks))
  }
  for (const name in options) {
    if (!Object.hasOwn(checks, name)) throw unknownOption(name, what, checks)
  }
  // Not Object.entries: `verify` checks its requirement for each token, and this is much faster.
  for (const name in checks) checks[name](Reflect.get(options, name), prefix + name)
}

function unknownOption(name: string, what: string, checks: object): ConfigError {
  // A key can be anything, even a secret: the error repeats only what looks like an option name.
  const shown = /^[A-Za-z_$][\w$]{0,29}$/.test(name) ? `"${name}" ` : ''
  const near = nearestName(name, Object.keys(checks))
  const question = near === undefined ? '.' : `; did you mean "${near}"?`
  const message = `Unknown option ${shown}in ${what}${question}`
  return new ConfigError({ code: 'config_invalid', message, hint: availableOptions(checks) })
}

function availableOptions(checks: object): string {
  return `The available options are: ${Object.keys(checks).join(', ')}.`
}

/** The type of a value, for an error that must not quote it. */
export function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value)
  if (value === '') return 'an empty string'
  if (Array.isArray(value)) return value.length === 0 ? 'an empty array' : 'an array'
  if (typeof value === 'object') return 'an object'
  if (typeof value === 'number') return Number.isFinite(value) ? 'a number' : String(value)
  return `a ${typeof value}`
}

/** The error for a value that is not allowed. `given` describes the value without quoting it. */
export function mustBe(
  field: string,
  allowed: string,
  value: unknown,
  hint = `Set ${field} to ${allowed}.`,
  given = kindOf(value),
): ConfigError {
  return invalidOption(field, `must be ${allowed}, not ${given}`, hint)
}

export function invalidOption(field: string, problem: string, hint: string): ConfigError {
  return new ConfigError({ code: 'config_invalid', message: `${field} ${problem}.`, hint })
}

export function missingOption(field: string, hint: string): ConfigError {
  return new ConfigError({ code: 'config_missing', message: `${field} is missing.`, hint })
}
