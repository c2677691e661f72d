import type { FailureFacts } from './errors.ts'
import type { AuthSecEvent, ErrorReasons, OnEvent, QuestionDetails } from './events.ts'
import { tokenProblemText } from './http/challenge.ts'
import { checkOptions } from './options/option-checks.ts'
import { optionalBoolean, optionalChoice, optionalFunction } from './options/option-values.ts'
import { plainLine } from './support/plain-line.ts'

export interface ReporterOptions {
  /** `warn` prints warnings and failures; `info` prints every step. Default: `info`. */
  level?: 'info' | 'warn'
  /** Where lines go. Default: standard error. */
  write?: (line: string) => void
  /** Default: whether standard error is a terminal and NO_COLOR is unset. */
  color?: boolean
}

type Tone = 'info' | 'good' | 'bad' | 'note'

type Topic = 'Mode' | 'Init' | 'Delegation' | 'Success' | 'Error' | 'Token' | 'Approval' | 'Warning'

type Line = readonly [topic: Topic, tone: Tone, text: string, details?: Details]
type Details = Readonly<Record<string, string>>

const ANSI: Readonly<Record<Tone, string>> = { info: '36', good: '32', bad: '31', note: '33' }

/**
 * Creates an `onEvent` function that prints `[AuthSec SDK] [Topic] …` lines for people. Tokens and
 * client IDs appear as fingerprints.
 *
 * @throws ConfigError - for an unknown or unusable option.
 *
 * @example
 * ```ts
 * import { createAuthSecClientFromEnv, createConsoleReporter } from '@authsec/core'
 *
 * export const client = createAuthSecClientFromEnv(process.env, {
 *   onEvent: createConsoleReporter({ level: 'info' }),
 * })
 * ```
 */
export function createConsoleReporter(options: ReporterOptions = {}): OnEvent {
  checkOptions<ReporterOptions>(options, 'the reporter options', {
    level: optionalChoice('info', 'warn'),
    write: optionalFunction,
    color: optionalBoolean,
  })
  const { level = 'info', write = writeToStderr, color = stderrHasColor() } = options
  return (event) => {
    const line = lineOf(event)
    const [, tone] = line
    if (level === 'warn' && tone !== 'bad' && tone !== 'note') return
    write(format(line, color))
  }
}

/** An event in one sentence, for people. What an API said about an error is not in it. */
export function eventText(event: AuthSecEvent): string {
  const [, , text] = lineOf(event)
  return text
}

function lineOf(event: AuthSecEvent): Line {
  switch (event.type) {
    case 'client.created':
      return created(event)
    case 'token.requested':
      return ['Delegation', 'info', 'Asking AuthSec for the delegation token.']
    case 'token.acquired':
      return acquired(event)
    case 'token.dropped':
      return ['Token', 'note', `${event.fingerprint} dropped (${event.code}).`]
    case 'token.failed': {
      const after = event.stillServing ? ' The current token stays in use until it expires.' : ''
      const isNamed = event.systemCode !== undefined && event.message.includes(event.systemCode)
      const cause = isNamed ? '' : inBrackets(event.systemCode)
      return ['Error', 'bad', event.message + cause + after]
    }
    case 'request.completed':
      return completed(event)
    case 'request.failed':
      return notSent(event)
    case 'request.suspended':
      return ['Approval', 'info', `${callOf(event)}: waits for the approval of a person.`]
    case 'approval.started':
      return ['Approval', 'info', `Asked for approval${aboutOf(event)}, code ${event.code}.`]
    case 'approval.settled': {
      const tone = event.outcome === 'approved' ? 'good' : 'bad'
      const seconds = Math.round(event.durationMs / 1000)
      return ['Approval', tone, `${event.code} ${event.outcome}${aboutOf(event)} (${seconds} s).`]
    }
    case 'cloud.exchanged':
      return ['Success', 'good', `Credentials for ${event.provider} acquired.`]
    case 'cloud.failed':
      return ['Error', 'bad', `No credentials for ${event.provider}: ${failed(event)}`]
    case 'warning':
      return [event.code === 'mock_mode' ? 'Mode' : 'Warning', 'note', event.message]
  }
}

/** A call without an answer; whether anything was sent is what the reader wants to know first. */
function notSent(event: Extract<AuthSecEvent, { type: 'request.failed' }>): Line {
  const { code, attempts, permission } = event
  const sent = attempts === 0 ? ', nothing was sent' : ''
  const details = code === 'permission_missing' ? { Needs: listOf(permission) } : {}
  return ['Error', 'bad', `${callOf(event)}: ${failed(event)}${sent}`, details]
}

/** Of an action that is no call of this client, the tool is what there is. */
function aboutOf({ resource, method, route, tool }: QuestionDetails): string {
  if (resource !== undefined) return ` of ${method} ${resource} ${route}`
  return tool === undefined ? '' : ` of ${plainLine(tool)}`
}

function created(event: Extract<AuthSecEvent, { type: 'client.created' }>): Line {
  const details = {
    AuthSec: event.authSecOrigin,
    Client: event.client,
    APIs: listOf(event.resources),
  }
  if (event.mode === 'live') return ['Mode', 'info', 'LIVE', details]
  return ['Init', 'info', 'Local emulator in this process.', details]
}

function acquired(event: Extract<AuthSecEvent, { type: 'token.acquired' }>): Line {
  const what = event.unchanged ? 'AuthSec returned the same token' : 'Delegation token acquired'
  return [
    'Success',
    'good',
    `${what} ${took(event)}.`,
    {
      Token: event.fingerprint,
      Expires: event.expiresAt.toISOString(),
      Permissions: listOf(event.permissions),
    },
  ]
}

function completed(event: Extract<AuthSecEvent, { type: 'request.completed' }>): Line {
  const note = event.redacted ? ' An echoed secret was removed.' : ''
  const text = `${callOf(event)}: HTTP ${event.status} ${took(event)}.${note}`
  return event.status < 400 ? ['Success', 'good', text] : ['Error', 'bad', text, reasonsOf(event)]
}

/** The API's words, in quotes: they are not the SDK's. */
function reasonsOf({ detail, challenge, tokenProblem }: ErrorReasons): Details {
  return {
    ...(detail !== undefined && { 'API says': JSON.stringify(detail) }),
    ...(challenge !== undefined && { Challenge: JSON.stringify(challenge) }),
    ...(tokenProblem !== undefined && {
      Token: `${tokenProblem}. ${tokenProblemText(tokenProblem)}`,
    }),
  }
}

function failed({ code, status, systemCode }: FailureFacts): string {
  return `${code}${inBrackets(status && `HTTP ${status}`)}${inBrackets(systemCode)}`
}

function inBrackets(text: string | number | undefined): string {
  return text ? ` (${text})` : ''
}

function callOf({
  method,
  resource,
  route,
}: Record<'method' | 'resource' | 'route', string>): string {
  return `${method} ${resource} ${route}`
}

function took({ durationMs }: { durationMs: number }): string {
  return `(${Math.round(durationMs)} ms)`
}

function listOf(names: readonly string[]): string {
  return names.join(', ') || 'none'
}

function format([topic, tone, text, details = {}]: Line, color: boolean): string {
  const paint = (code: string, part: string): string =>
    color ? `\u001b[${code}m${part}\u001b[0m` : part
  const head = `${paint('2', '[AuthSec SDK]')} ${paint(ANSI[tone], `[${topic}]`)} ${text}`
  const rows = Object.entries(details).map(([name, value]) => `  |- ${name.padEnd(11)}: ${value}`)
  return [head, ...rows].join('\n')
}

function writeToStderr(line: string): void {
  const stderr = standardError()
  if (stderr) stderr.write(`${line}\n`)
  else console.error(line)
}

function stderrHasColor(): boolean {
  const stderr = standardError()
  return stderr?.isTTY === true && stderr.hasColors()
}

/** Runtimes other than Node.js may have a console only. */
function standardError(): NodeJS.WriteStream | undefined {
  return globalThis.process?.stderr
}
