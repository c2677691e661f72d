import { hash } from '#runtime/platform/hashing'
import type { AuthSecEvent, OnEvent } from './events.ts'
import { checkOptions, invalidOption } from './options/option-checks.ts'
import { isFunction, isObject, optionalChoice, optionalNumber } from './options/option-values.ts'
import { outcomeOfCode } from './records/outcome-of-code.ts'
import { eventText } from './reporter.ts'

/** What loggers have in common. */
export interface Logger {
  debug(...values: never[]): unknown
  info(...values: never[]): unknown
  warn(...values: never[]): unknown
  error(...values: never[]): unknown
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

export interface LoggerOptions {
  /** Events below it are not logged. The logger has a level of its own, too. Default: `info`. */
  readonly level?: LogLevel | undefined
  /**
   * The share of successful reads (GET, HEAD and OPTIONS with a status below 400) that is logged, from 0 to 1. A
   * call is chosen by its `callId`, so that all processes choose the same; a record of it says `sampleRate`.
   * Failures and writes are all logged. Default: 1.
   */
  readonly sampleReads?: number | undefined
  /**
   * How the logger is called: `pino` with the fields and then the message (also bunyan and Fastify), `logtape` with
   * the message and then the fields, `console` the same (also winston). Default: found out from the logger.
   */
  readonly style?: LoggerStyle | undefined
}

export type LoggerStyle = 'pino' | 'logtape' | 'console'

const LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error']
const READS = ['GET', 'HEAD', 'OPTIONS']

/**
 * Creates an `onEvent` function that writes events to a logger: pino, LogTape, the console, or one that is called
 * like these. The message is what the console reporter prints, and the event is in the field `authsec`, with its
 * codes and the system's code of a failure. Tokens and client IDs appear as fingerprints.
 *
 * | Event                                    | Level                                                     |
 * | ---------------------------------------- | --------------------------------------------------------- |
 * | `token.requested`                        | debug                                                     |
 * | `token.acquired`                         | info; debug for the same token again                      |
 * | `client.created`, `cloud.exchanged`      | info                                                      |
 * | `request.suspended`, `approval.started`  | info                                                      |
 * | `approval.settled`                       | info when approved or cancelled, else warn                |
 * | `request.completed`                      | info below status 400, warn below 500, else error         |
 * | `request.failed`, `cloud.failed`         | warn for what was refused before it was sent, else error  |
 * | `token.failed`                           | warn while the current token still serves, else error     |
 * | `token.dropped`, `warning`               | warn                                                      |
 *
 * @throws ConfigError - `config_invalid` for an option that cannot be used, and for a logger whose style cannot
 * be found out.
 *
 * @example
 * ```ts
 * import { createAuthSecClientFromEnv, toLogger } from '@authsec/core'
 *
 * export const client = createAuthSecClientFromEnv(process.env, {
 *   onEvent: toLogger(console, { level: 'warn' }),
 * })
 * ```
 */
export function toLogger(logger: Logger, options: LoggerOptions = {}): OnEvent {
  checkLogger(logger)
  checkOptions<LoggerOptions>(options, 'the logger options', {
    level: optionalChoice(...LEVELS),
    sampleReads: optionalNumber({ least: 0, most: 1 }),
    style: optionalChoice('pino', 'logtape', 'console'),
  })
  const { level: least = 'info', sampleReads: rate = 1, style = styleOf(logger) } = options
  const isSampled = createSample(rate)
  return (event) => {
    const level = levelOf(event)
    if (LEVELS.indexOf(level) < LEVELS.indexOf(least)) return
    const isOneOfMany = rate < 1 && isSuccessfulRead(event)
    if (isOneOfMany && !isSampled(event)) return
    const fields = { authsec: { ...event, ...(isOneOfMany && { sampleRate: rate }) } }
    Reflect.apply(logger[level], logger, valuesFor(style, eventText(event), fields))
  }
}

function checkLogger(logger: unknown): asserts logger is Logger {
  isObject(logger, 'logger')
  for (const level of LEVELS) isFunction(Reflect.get(Object(logger), level), `logger.${level}`)
}

/** Each kind has something that the others have not. */
function styleOf(logger: Logger): LoggerStyle {
  const has = (name: string): boolean => typeof Reflect.get(logger, name) === 'function'
  if (has('getChild') && Array.isArray(Reflect.get(logger, 'category'))) return 'logtape'
  if (has('child') && (has('bindings') || has('addSerializers'))) return 'pino'
  if (has('table') && has('dir')) return 'console'
  throw invalidOption(
    'logger',
    'is none of pino, LogTape and console',
    "Say how it is called: set style to 'pino', 'logtape' or 'console'.",
  )
}

/** A message is a template for LogTape and a format for the console: what an event holds must not be one. */
function valuesFor(style: LoggerStyle, message: string, fields: object): readonly unknown[] {
  if (style === 'pino') return [fields, message]
  if (style === 'logtape') return [message.replace(/[{}]/g, '$&$&'), fields]
  return [message.replaceAll('%', '%%'), fields]
}

function levelOf(event: AuthSecEvent): LogLevel {
  switch (event.type) {
    case 'token.requested':
      return 'debug'
    case 'token.acquired':
      return event.unchanged ? 'debug' : 'info'
    case 'client.created':
    case 'cloud.exchanged':
    case 'request.suspended':
    case 'approval.started':
      return 'info'
    case 'approval.settled':
      return ['approved', 'cancelled'].includes(event.outcome) ? 'info' : 'warn'
    case 'request.completed':
      return event.status < 400 ? 'info' : event.status < 500 ? 'warn' : 'error'
    case 'request.failed':
    case 'cloud.failed':
      return outcomeOfCode(event.code, event.attempts) === 'refused' ? 'warn' : 'error'
    case 'token.failed':
      return event.stillServing ? 'warn' : 'error'
    case 'token.dropped':
    case 'warning':
      return 'warn'
  }
}

function isSuccessfulRead(event: AuthSecEvent): boolean {
  return event.type === 'request.completed' && event.status < 400 && READS.includes(event.method)
}

/** The same share of all calls, and the same calls in every process. Events without an ID are counted off. */
function createSample(rate: number): (event: AuthSecEvent) => boolean {
  let share = 0
  return (event) => {
    const callId = 'callId' in event ? event.callId : undefined
    if (callId !== undefined) return fractionOf(callId) < rate
    share += rate
    if (share < 1) return false
    share -= 1
    return true
  }
}

/** From 0 up to, not including, 1. */
function fractionOf(text: string): number {
  return Number.parseInt(hash('sha256', text).slice(0, 8), 16) / 2 ** 32
}
