import { ConfigError, type ConfigErrorCode } from '@authsec/core'

/** Why the program or the server cannot start: one sentence, and what to do about it. */
export function configProblem(
  message: string,
  hint: string,
  code: ConfigErrorCode = 'config_invalid',
): ConfigError {
  return new ConfigError({ code, message, hint })
}
