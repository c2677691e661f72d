import { ConfigError } from '@authsec/core'
import { namedUser } from '@authsec/core/adapter'
import { AsyncLocalStorageProviderSingleton } from '@langchain/core/singletons'
import { fieldOf, isObject } from './fields.ts'

/** The run that a call belongs to, as the program started it. No part of it comes from the model. */
export interface AgentRun<Context = Record<string, unknown>> {
  /** `context` of `invoke`. It is not stored: who resumes gives it again. */
  readonly context: Context
  /** `configurable` of `invoke`. */
  readonly configurable: Readonly<Record<string, unknown>>
}

/** Who the agent works for, decided by the program. */
export type UserOf<Context> = (run: AgentRun<Context>) => string

/** The same for a tool, which may be called for nobody in particular. */
export type ToolUserOf = (run: AgentRun) => string | undefined

/** Throws `ConfigError` for a user without a name, who must not count as nobody. */
export function toolUserOf(user: ToolUserOf | undefined, config: unknown): string | undefined {
  return namedUser(user?.(runIn(config)))
}

function runIn(config: unknown): AgentRun {
  const configurable = Object(fieldOf(config, 'configurable'))
  return { context: Object(fieldOf(config, 'context')), configurable }
}

/** The configuration of the step that runs now, with what middleware hooks are not given. */
export function currentConfig(): object | undefined {
  const config: unknown = AsyncLocalStorageProviderSingleton.getRunnableConfig()
  return isObject(config) ? config : undefined
}

/** The conversation. It has the same name after a restart. */
export function threadOf(config: unknown): string | undefined {
  const id = fieldOf(config, 'configurable', 'thread_id')
  const text = typeof id === 'number' ? String(id) : id
  return typeof text === 'string' && text.trim() !== '' ? text : undefined
}

export function signalOf(config: unknown): AbortSignal | undefined {
  const signal = fieldOf(config, 'signal')
  return signal instanceof AbortSignal ? signal : undefined
}

/** A text that names something, or nothing. */
export function nameOf(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value : undefined
}

/** Whether LangGraph can store a pause. Its `interrupt` says so only after somebody was asked. */
export function canPause(config: unknown): boolean {
  return Boolean(fieldOf(config, 'configurable', '__pregel_checkpointer'))
}

/** Throws `ConfigError` when the program names nobody: a call must not lose its user by a resume without a context. */
export function userOf<Context>(
  user: UserOf<Context> | undefined,
  config: unknown,
): string | undefined {
  if (!user) return undefined
  const { context, configurable } = runIn(config)
  const named: unknown = user({ context: Object(context), configurable })
  if (nameOf(named) !== undefined) return String(named)
  throw new ConfigError({
    code: 'config_invalid',
    message: '`user` must return a text that is not empty.',
    hint: 'Give the run the same `context` when it is resumed, because LangGraph does not store it.',
  })
}
