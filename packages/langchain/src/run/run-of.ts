import { runIdOf } from '@authsec/core/adapter'
import { fieldOf, isObject } from './fields.ts'

/**
 * The run of an agent that LangGraph executes, for a tool whose run has no `AuthSecCallbackHandler`: the
 * ID that the program gave the run, else the first answer of the model after the person's message. In all
 * steps of a run this is one object, and another one in each run. Without an agent there is no run.
 */
export function runOf(config: unknown): string | undefined {
  const info = fieldOf(config, 'executionInfo')
  const given = fieldOf(info, 'runId')
  if (typeof given === 'string') return given
  const messages = fieldOf(fieldOf(config, 'state'), 'messages')
  if (!Array.isArray(messages)) return undefined
  const askedAt = messages.findLastIndex((message) => typeOf(message) === 'human')
  const answer: unknown = messages.slice(askedAt + 1).find((message) => typeOf(message) === 'ai')
  return askedAt >= 0 && isObject(answer) ? runIdOf(answer) : undefined
}

/** The property of messages that all versions of `@langchain/core` have. */
function typeOf(message: unknown): unknown {
  const type = fieldOf(message, 'getType') ?? fieldOf(message, '_getType')
  return typeof type === 'function' ? Reflect.apply(type, message, []) : undefined
}
