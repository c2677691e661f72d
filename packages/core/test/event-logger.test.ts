import { Console } from 'node:console'
import { Writable } from 'node:stream'
import { describeOptions, thrown, watch } from '@authsec-internal/test-kit'
import { configure, getLogger, type LogRecord, reset } from '@logtape/logtape'
import pino from 'pino'
import { afterEach, describe, expect, it } from 'vitest'
import { type Logger, type LoggerOptions, toLogger } from '../src/event-logger.ts'
import type { AuthSecEvent } from '../src/events.ts'
import { completed } from './support/completed-call.ts'
import { type SomeEvent, someEvent } from './support/some-event.ts'

const place = {
  ...{ resource: 'vault', method: 'GET', route: 'records/{id}', durationMs: 3 },
  permission: ['records:read'],
}
const failed: SomeEvent = {
  ...{ type: 'request.failed', ...place, code: 'network_error' },
  ...{ systemCode: 'ECONNREFUSED', attempts: 2 },
} as const
const at = new Date(Date.UTC(2026, 10, 23))
const token = { fingerprint: 'tok_1', subject: 's', permissions: [], expiresAt: at, durationMs: 1 }
const withStatus = (status: number): AuthSecEvent => ({ ...completed(), status }) as AuthSecEvent

/** A logger that is none of those that are known. */
function recorder(): { logger: Logger; logged: [level: string, ...values: unknown[]][] } {
  const logged: [string, ...unknown[]][] = []
  const method =
    (level: string) =>
    (...values: unknown[]): void => {
      watch(`logger.${level}`, values)
      logged.push([level, ...values])
    }
  const logger = {
    ...{ debug: method('debug'), info: method('info') },
    ...{ warn: method('warn'), error: method('error') },
  }
  return { logger, logged }
}

function levelsOf(events: readonly SomeEvent[], options: LoggerOptions = {}): string[] {
  const { logger, logged } = recorder()
  const log = toLogger(logger, { style: 'pino', level: 'debug', ...options })
  for (const event of events) log(someEvent(event))
  return logged.map(([level]) => level)
}

/** A stream that keeps what is written to it. */
function sink(): { stream: Writable; text(): string } {
  let text = ''
  const stream = new Writable({
    write(chunk, _encoding, done) {
      text += String(chunk)
      done()
    },
  })
  return { stream, text: () => text }
}

describeOptions<LoggerOptions>({
  what: 'a logger',
  create: (options) => toLogger(console, options),
  valid: {},
  options: {
    level: ['trace', 'levels'],
    sampleReads: [1.5, 'sampleRead'],
    style: ['winston', 'styl'],
  },
})

describe('pino', () => {
  it('gets the fields and then the message, in one line of JSON without a name twice', () => {
    const { stream, text } = sink()
    const logger = pino({ base: null, level: 'debug' }, stream)
    const log = toLogger(logger.child({ time: 7, user: 'of the child' }))
    log(someEvent(failed))
    const lines = text().trimEnd().split('\n')
    expect(lines).toHaveLength(1)
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      level: 50,
      user: 'of the child',
      msg: 'GET vault records/{id}: network_error (ECONNREFUSED)',
      authsec: {
        type: 'request.failed',
        code: 'network_error',
        systemCode: 'ECONNREFUSED',
        attempts: 2,
      },
    })
  })

  it('gets dates as text, and a message that is no format', () => {
    const { stream, text } = sink()
    const log = toLogger(pino({}, stream))
    log({ ...completed(), route: 'a%20b/%s/%d' } as AuthSecEvent)
    expect(JSON.parse(text())).toMatchObject({
      msg: 'GET vault a%20b/%s/%d: HTTP 200 (12 ms).',
      authsec: { time: '2026-11-23T12:00:00.000Z' },
    })
  })
})

describe('LogTape', () => {
  afterEach(reset)

  it('gets the message and then the fields, and fills no placeholder with a field', async () => {
    const records: LogRecord[] = []
    await configure({
      sinks: { memory: (record) => void records.push(record) },
      loggers: [
        { category: ['logtape', 'meta'], sinks: [] },
        { category: 'my-agent', lowestLevel: 'debug', sinks: ['memory'] },
      ],
    })
    const log = toLogger(getLogger('my-agent'))
    log({ ...failed, route: 'records/{authsec}/{*}' } as AuthSecEvent)
    log(someEvent({ type: 'token.dropped', fingerprint: 'tok_1', code: 'no_active_delegation' }))
    expect(records.map(({ level }) => level)).toEqual(['error', 'warning'])
    expect(records[0]?.message.join('')).toBe(
      'GET vault records/{authsec}/{*}: network_error (ECONNREFUSED)',
    )
    expect(records[0]?.properties).toMatchObject({ authsec: { systemCode: 'ECONNREFUSED' } })
  })
})

describe('the console', () => {
  it('gets the message and then the fields, and takes no message for a format', () => {
    const { stream, text } = sink()
    toLogger(new Console(stream))({ ...completed(), route: 'a%20b/%s/%o/%c' } as AuthSecEvent)
    expect(text()).toContain('GET vault a%20b/%s/%o/%c: HTTP 200')
    expect(text()).toContain("type: 'request.completed'")
  })
})

describe('a logger', () => {
  it('that is like none of these needs a style, or is a mistake', () => {
    const { logger, logged } = recorder()
    expect(thrown(() => toLogger(logger))).toMatchObject({
      ...{ name: 'ConfigError', hint: expect.stringContaining('style') },
    })
    for (const style of ['pino', 'logtape', 'console'] as const) {
      toLogger(logger, { style })(completed())
    }
    expect(logged.map(([, first]) => typeof first)).toEqual(['object', 'string', 'string'])
  })

  it.each([[undefined], ['console'], [{}], [{ info: () => undefined }]])(
    'must be one: %j is a mistake',
    (logger) => {
      expect(thrown(() => toLogger(logger as never))).toMatchObject({ name: 'ConfigError' })
    },
  )

  it('is called as a method, for loggers with private fields', () => {
    class Own {
      #lines: unknown[] = []
      debug = (): void => undefined
      info(...values: unknown[]): void {
        this.#lines.push(values)
      }
      warn(): void {}
      error(): void {}
      get count(): number {
        return this.#lines.length
      }
    }
    const own = new Own()
    toLogger(own, { style: 'console' })(completed())
    expect(own.count).toBe(1)
  })
})

describe('the level of an event', () => {
  it.each<[string, SomeEvent]>([
    ['debug', { type: 'token.requested', reason: 'first' }],
    ['debug', { type: 'token.acquired', ...token, unchanged: true }],
    ['info', { type: 'token.acquired', ...token, unchanged: false }],
    ['info', withStatus(200)],
    ['warn', withStatus(404)],
    ['error', withStatus(503)],
    ['error', failed],
    ['warn', { type: 'request.failed', ...place, code: 'permission_missing' }],
    ['warn', { type: 'request.failed', ...place, code: 'budget_exceeded', attempts: 0 }],
    ['info', { type: 'request.suspended', ...place, code: 'approval_pending' }],
    ['info', { type: 'approval.started', code: 'K7M2QX', expiresAt: at }],
    ['info', { type: 'approval.settled', code: 'K', outcome: 'approved', durationMs: 1 }],
    ['info', { type: 'approval.settled', code: 'K', outcome: 'cancelled', durationMs: 1 }],
    ['warn', { type: 'approval.settled', code: 'K', outcome: 'approval_denied', durationMs: 1 }],
    ['info', { type: 'cloud.exchanged', provider: 'aws', expiresAt: at, durationMs: 1 }],
    ['error', { type: 'cloud.failed', provider: 'aws', code: 'server_error', durationMs: 1 }],
    ['warn', { type: 'token.dropped', fingerprint: 'tok_1', code: 'x' }],
    ['warn', { type: 'warning', code: 'clock_skew', message: 'm' }],
    ['warn', tokenFailed(true)],
    ['error', tokenFailed(false)],
  ])('is %s for %j', (level, event) => {
    expect(levelsOf([event])).toEqual([level])
  })

  it('hides what is below the least one', () => {
    const events = [withStatus(200), withStatus(404), withStatus(503)]
    expect(levelsOf(events, { level: 'warn' })).toEqual(['warn', 'error'])
    expect(levelsOf(events, { level: 'error' })).toEqual(['error'])
  })
})

function tokenFailed(stillServing: boolean): SomeEvent {
  const facts = { code: 'server_error', status: 503, message: 'm', durationMs: 1 }
  return { type: 'token.failed', ...facts, stillServing }
}

describe('a sample of reads', () => {
  const reads = Array.from({ length: 4_000 }, (_, index) => completed(`call_${index}`))
  const logged = (options: LoggerOptions, events: readonly SomeEvent[]): unknown[] => {
    const seen = recorder()
    const log = toLogger(seen.logger, { style: 'pino', ...options })
    for (const event of events) log(someEvent(event))
    return seen.logged.map(([, fields]) => fields)
  }

  it('is the same share and the same calls each time, and says its rate', () => {
    const one = logged({ sampleReads: 0.1 }, reads)
    expect(one.length).toBeGreaterThan(300)
    expect(one.length).toBeLessThan(500)
    expect(logged({ sampleReads: 0.1 }, reads.toReversed()).toReversed()).toEqual(one)
    expect(one[0]).toMatchObject({ authsec: { sampleRate: 0.1 } })
    expect(logged({ sampleReads: 0.5 }, reads).length).toBeGreaterThan(1_800)
  })

  it('leaves out no write, no failure and no error status', () => {
    const others = [
      { ...completed(), method: 'POST' } as AuthSecEvent,
      withStatus(404),
      failed,
      { type: 'request.suspended', ...place, code: 'approval_pending' } as const,
    ]
    const kept = logged({ sampleReads: 0 }, [...reads, ...others])
    expect(kept).toHaveLength(others.length)
    expect(JSON.stringify(kept)).not.toContain('sampleRate')
  })

  it('of events without an ID is counted off', () => {
    const { callId: _callId, ...anonymous } = completed() as AuthSecEvent & { callId?: string }
    const many = Array.from({ length: 100 }, () => anonymous as AuthSecEvent)
    expect(logged({ sampleReads: 0.25 }, many)).toHaveLength(25)
    expect(logged({ sampleReads: 0 }, many)).toHaveLength(0)
  })

  it('of 1 is everything', () => {
    expect(logged({}, reads)).toHaveLength(reads.length)
  })
})
