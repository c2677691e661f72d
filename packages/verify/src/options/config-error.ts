const FAMILY = Symbol.for('authsec.error.family')

/** `config_missing`: something required was not given. `config_invalid`: what was given cannot work. `fetch_unusable`: the `fetch` option failed by a mistake in the program. */
export type ConfigErrorCode = 'config_invalid' | 'config_missing' | 'fetch_unusable'

/** Message and hint of `fetch_unusable`. */
export const FETCH_UNUSABLE = {
  message: 'The fetch option failed by a mistake in the program, not by a failure of the network.',
  hint: 'Correct the function: it takes (url, init) and returns a standard Response. Call it by hand to see its error.',
} as const

export interface ConfigErrorOptions {
  code: ConfigErrorCode
  /** One plain sentence that names the option and never its value. */
  message: string
  /** The remedy, one sentence. */
  hint: string
}

/**
 * A developer's mistake: an option that is unknown, missing or wrong, or a function that was called
 * in the wrong place. No request can cause it, and it is never an outage. Test with
 * `ConfigError.isInstance`, which also recognises the `ConfigError` of the other AuthSec packages and
 * of another copy of this one.
 *
 * @example
 * ```ts
 * import { ConfigError, createDelegationVerifier } from '@authsec/verify'
 *
 * try {
 *   createDelegationVerifier({
 *     authSecUrl: 'http://auth.example.com',
 *     tenantId: '6f2c1d0e-8a77-4f57-9a39-0c6f3e6f6f10',
 *     audience: 'records-api',
 *   })
 * } catch (error) {
 *   if (!ConfigError.isInstance(error)) throw error
 *   console.error(error.code, error.message, error.hint)
 * }
 * ```
 */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  /** Stable, for `switch`. */
  readonly code: ConfigErrorCode
  /** The remedy, one sentence. */
  readonly hint: string
  /** The same call fails again until the code or the configuration changes. */
  readonly retryable = false

  constructor({ code, message, hint }: ConfigErrorOptions) {
    super(message)
    this.code = code
    this.hint = hint
  }

  // `instanceof` cannot tell classes apart across packages and across two copies of one package.
  protected get [FAMILY](): string {
    return this.name
  }

  static isInstance(value: unknown): value is ConfigError {
    return (
      typeof value === 'object' &&
      value !== null &&
      FAMILY in value &&
      value[FAMILY] === 'ConfigError'
    )
  }

  toJSON(): Record<string, unknown> {
    const { name, code, message, hint, retryable } = this
    return { name, code, message, hint, retryable }
  }
}
