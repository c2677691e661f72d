import type { AuthSecEvent, OnEvent } from './events.ts'

export interface ReporterOptions {
  /** `warn` prints warnings and failures; `info` prints every step. Default: `info`. */
  level?: 'info' | 'warn'
  /** Where lines go. Default: standard error. */
  write?: (line: string) => void
  /** Default: whether standard error is a terminal and NO_COLOR is unset. */
  color?: boolean
}

type Tone = 'info' | 'good' | 'bad' | 'note'

interface Line {
  topic: 'Mode' | 'Init' | 'Delegation' | 'Success' | 'Error' | 'Token' | 'Approval' | 'Warning'
  tone: Tone
  text: string
  details?: readonly (readonly [string, string])[]
}

const ANSI: Readonly<Record<Tone, string>> = { info: '36', good: '32', bad: '31', note: '33' }

/**
 * An `onEvent` function that prints `[AuthSec SDK] [Topic] …` lines for people. Tokens and client
 * IDs appear as fingerprints.
 */
export function createConsoleReporter(options: ReporterOptions = {}): OnEvent {
  const { level = 'info', write = writeToStderr, color = stderrHasColor() } = options
  return (event) => {
    for (const line of linesOf(event)) {
      if (level === 'warn' && line.tone !== 'bad' && line.tone !== 'note') continue
      write(format(line, color))
    }
  }
}

function linesOf(event: AuthSecEvent): Line[] {
  switch (event.type) {
    case 'client.created':
      return [created(event)]
    case 'token.requested':
      return [
        { topic: 'Delegation', tone: 'info', text: 'Asking AuthSec for the delegation token.' },
      ]
    case 'token.acquired':
      return [acquired(event)]
    case 'token.dropped':
      return [
        { topic: 'Token', tone: 'note', text: `${event.fingerprint} dropped (${event.code}).` },
      ]
    case 'token.failed':
      return [failed(event)]
    case 'request.completed':
      return [completed(event)]
    case 'request.failed':
      return [
        {
          topic: 'Error',
          tone: 'bad',
          text: `${event.method} ${event.resource} ${event.route}: ${event.code}`,
        },
      ]
    case 'approval.started':
      return [{ topic: 'Approval', tone: 'info', text: `Asked for approval, code ${event.code}.` }]
    case 'approval.settled':
      return [settled(event)]
    case 'cloud.exchanged':
      return [
        { topic: 'Success', tone: 'good', text: `Credentials for ${event.provider} acquired.` },
      ]
    case 'cloud.failed':
      return [
        {
          topic: 'Error',
          tone: 'bad',
          text: `No credentials for ${event.provider}: ${event.code}`,
        },
      ]
    case 'warning':
      return [
        {
          topic: event.code === 'mock_mode' ? 'Mode' : 'Warning',
          tone: 'note',
          text: event.message,
        },
      ]
  }
}

function created(event: Extract<AuthSecEvent, { type: 'client.created' }>): Line {
  const details: [string, string][] = [
    ['AuthSec', event.authSecOrigin],
    ['Client', event.clientFingerprint],
    ['APIs', event.resources.join(', ') || 'none'],
  ]
  if (event.mode === 'live') return { topic: 'Mode', tone: 'info', text: 'LIVE', details }
  return { topic: 'Init', tone: 'info', text: 'Local emulator in this process.', details }
}

function acquired(event: Extract<AuthSecEvent, { type: 'token.acquired' }>): Line {
  const took = `${Math.round(event.durationMs)} ms`
  return {
    topic: 'Success',
    tone: 'good',
    text: event.unchanged
      ? `AuthSec returned the same token (${took}).`
      : `Delegation token acquired (${took}).`,
    details: [
      ['Token', event.fingerprint],
      ['Expires', event.expiresAt.toISOString()],
      ['Permissions', event.permissions.join(', ') || 'none'],
    ],
  }
}

function failed(event: Extract<AuthSecEvent, { type: 'token.failed' }>): Line {
  const after = event.stillServing ? ' The token in hand stays in use until it expires.' : ''
  return { topic: 'Error', tone: 'bad', text: `${event.message}${after}` }
}

function completed(event: Extract<AuthSecEvent, { type: 'request.completed' }>): Line {
  const ok = event.status < 400
  const took = `${Math.round(event.durationMs)} ms`
  const note = event.redacted ? ' An echoed secret was removed.' : ''
  return {
    topic: ok ? 'Success' : 'Error',
    tone: ok ? 'good' : 'bad',
    text: `${event.method} ${event.resource} ${event.route}: HTTP ${event.status} (${took}).${note}`,
  }
}

function settled(event: Extract<AuthSecEvent, { type: 'approval.settled' }>): Line {
  const seconds = Math.round(event.durationMs / 1000)
  const tone = event.outcome === 'approved' ? 'good' : 'bad'
  return { topic: 'Approval', tone, text: `${event.code} ${event.outcome} (${seconds} s).` }
}

function format({ topic, tone, text, details = [] }: Line, color: boolean): string {
  const head = color
    ? `\u001b[2m[AuthSec SDK]\u001b[0m \u001b[${ANSI[tone]}m[${topic}]\u001b[0m ${text}`
    : `[AuthSec SDK] [${topic}] ${text}`
  return [head, ...details.map(([name, value]) => `  |- ${name.padEnd(11)}: ${value}`)].join('\n')
}

function writeToStderr(line: string): void {
  process.stderr.write(`${line}\n`)
}

function stderrHasColor(): boolean {
  return process.stderr.isTTY === true && process.stderr.hasColors()
}
