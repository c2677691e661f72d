const FAMILY = Symbol.for('authsec.error.family')

/** `config_missing`: something required was not given. `config_invalid`: something given cannot work. */
export type ConfigErrorCode = 'config_invalid' | 'config_missing'

export interface ConfigErrorOptions {
  readonly code: ConfigErrorCode
  /** One plain sentence without the value that was given. */
  readonly message: string
  /** One sentence that names the remedy. */
  readonly hint: string
}

/**
 * A mistake in the use of the emulator: an option, a fault, a script or an argument that cannot work.
 * Test with `ConfigError.isInstance`, which also recognises the `ConfigError` of `@authsec/core`.
 *
 * @example
 * ```ts
 * import { ConfigError, createEmulator } from '@authsec/emulator'
 *
 * try {
 *   createEmulator({ ttlSeconds: 0 })
 * } catch (error) {
 *   if (!ConfigError.isInstance(error)) throw error
 *   console.error(`${error.message} ${error.hint}`)
 * }
 * ```
 */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  /** Stable, for `switch`. */
  readonly code: ConfigErrorCode
  /** How to correct the mistake, in one sentence. */
  readonly hint: string
  /** Always false: the same call fails again until the mistake is corrected. */
  readonly retryable = false

  constructor({ code, message, hint }: ConfigErrorOptions) {
    super(message)
    this.code = code
    this.hint = hint
  }

  // The packages share this mark, because `instanceof` fails across packages and copies.
  protected get [FAMILY](): string {
    return this.name
  }

  /** Whether a value is the `ConfigError` of this package or of another AuthSec package. */
  static isInstance(value: unknown): value is ConfigError {
    if (typeof value !== 'object' || value === null || !(FAMILY in value)) return false
    return value[FAMILY] === 'ConfigError'
  }

  toJSON(): Record<string, unknown> {
    const { name, code, message, hint, retryable } = this
    return { name, code, message, hint, retryable }
  }
}
