import { ConfigError } from './errors.ts'

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

/** A positive, finite number; the fallback when there is none. */
export function positive<Fallback extends number | undefined>(
  value: number | undefined,
  fallback: Fallback,
  field: string,
): number | Fallback {
  if (value === undefined) return fallback
  if (Number.isFinite(value) && value > 0) return value
  throw invalidOption(field, 'must be a positive number')
}
