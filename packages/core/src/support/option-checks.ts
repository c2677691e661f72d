import { ConfigError } from '../errors.ts'

/** The error for an option that cannot work. It names the option and never repeats the value. */
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

export function notPositive(field: string): ConfigError {
  return invalidOption(field, 'must be a positive number')
}

/** An option that is a positive, finite number; the fallback when it is not given. */
export function positive<Name extends string, Fallback extends number | undefined>(
  options: { readonly [Key in Name]?: number | undefined },
  name: Name,
  fallback: Fallback,
  prefix = '',
): number | Fallback {
  const value = options[name]
  if (value === undefined) return fallback
  if (Number.isFinite(value) && value > 0) return value
  throw notPositive(prefix + name)
}
