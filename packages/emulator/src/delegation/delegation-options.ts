import { checkOptions, type OptionCheck } from '../support/option-checks.ts'
import { filledList, list, optional, text, wholeNumber } from '../support/option-values.ts'

/** What differs from the emulator's options in the next delegation. */
export interface DelegateOptions {
  /** Default: the permissions of the emulator's options. */
  permissions?: readonly string[]
  /**
   * Lifetime in whole seconds, from 1 to 315 360 000 (ten years). The workspace profile caps it at a
   * day (contract 1.4). Default: the lifetime of the emulator's options.
   */
  ttlSeconds?: number
  /** One name, or a list of one or more names. Default: the audience of the emulator's options. */
  audience?: string | readonly string[]
  /** The `agent_type` of the token. Default: the type of the agent. */
  agentType?: string
}

const TEN_YEARS_IN_SECONDS = 315_360_000

/** An agent without any permission is a case worth testing, so the list may be empty. */
export const permissions: OptionCheck = list(text, 'texts')
/** The server rejects a delegation without an audience (contract 5). */
export const audience: OptionCheck = (value, field) => {
  const isOneName = typeof value === 'string' && value.trim() !== ''
  if (!isOneName) filledList(text, 'one or more texts')(value, field)
}
export const ttlSeconds: OptionCheck = wholeNumber(1, TEN_YEARS_IN_SECONDS, 'seconds')

/** `aud` is always a list (contract 2.3), so one name is a list of one. */
export function listOfAudience(audience: string | readonly string[]): readonly string[] {
  return typeof audience === 'string' ? [audience] : audience
}

/** Throws a `ConfigError` when the delegation cannot be made. */
export function checkDelegateOptions(options: DelegateOptions): void {
  checkOptions<DelegateOptions>(options, 'the delegate options', {
    permissions: optional(permissions),
    ttlSeconds: optional(ttlSeconds),
    audience: optional(audience),
    agentType: optional(text),
  })
}
