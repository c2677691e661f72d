import { ConfigError } from '../errors.ts'

/** The error of what needs files, in a runtime that has none. */
export function withoutFiles(what: string, remedy: string): ConfigError {
  return new ConfigError({
    code: 'config_invalid',
    message: `${what} cannot be used in this runtime, which has no files of Node.js.`,
    hint: remedy,
  })
}
