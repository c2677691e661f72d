const FAMILY = Symbol.for('authsec.error.family')

/**
 * A developer's mistake: an option that is unknown or cannot work. `ConfigError.isInstance` of the other AuthSec
 * packages recognises it.
 */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly code = 'config_invalid'
  /** The remedy, one sentence. */
  readonly hint: string
  readonly retryable = false

  constructor(message: string, hint: string) {
    super(message)
    this.hint = hint
  }

  // `instanceof` cannot tell classes apart across packages.
  protected get [FAMILY](): string {
    return this.name
  }
}
