import { ConfigError, type ConfigErrorCode } from '@authsec/core'

/** Why the program or the server cannot start: one sentence, and how to correct it. */
export function configProblem(
  message: string,
  hint: string,
  code: ConfigErrorCode = 'config_invalid',
): ConfigError {
  return new ConfigError({ code, message, hint })
}

/** Runs a check whose `ConfigError` also names the place that it is about, such as `operations[0]`. */
export function namingPlace<T>(place: string, check: () => T): T {
  try {
    return check()
  } catch (error) {
    if (!ConfigError.isInstance(error)) throw error
    throw configProblem(`${place}: ${error.message}`, error.hint, error.code)
  }
}
