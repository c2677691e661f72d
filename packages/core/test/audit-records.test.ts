import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  createRandom,
  inProcessClient,
  inProcessEmulator,
  pick,
  plantSecret,
  rejection,
} from '@authsec-internal/test-kit'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, it } from 'vitest'
import { type AuditRecord, auditRecordSchema } from '../src/audit.ts'
import type { AuthSecEvent, CallDetails } from '../src/events.ts'
import type { AuditFields } from '../src/records/audit-record.ts'
import { recordOfEvent } from '../src/records/record-of-event.ts'
import { recordText } from '../src/records/record-text.ts'
import { callsOf, listBench } from './support/audit-bench.ts'
import { completed } from './support/completed-call.ts'
import { type SomeEvent, someEvent } from './support/some-event.ts'

const validate = new Ajv2020({ allErrors: true }).compile(auditRecordSchema)
const expectValid = (record: unknown): void => {
  validate(record)
  expect(validate.errors ?? [], JSON.stringify(record)).toEqual([])
}

function recordsOf(...events: SomeEvent[]): AuditRecord[] {
  const { audit, records } = listBench()
  for (const event of events) audit(someEvent(event))
  for (const record of records()) expectValid(record)
  return callsOf(records())
}

const at = new Date(Date.UTC(2026, 10, 23, 12, 0, 1))
const call = { resource: 'vault', method: 'GET', route: 'metrics', durationMs: 3 }
const approval = {
  code: 'K7M2QX',
  approver: 'approver@example.com',
  decidedAt: at,
  waitedMs: 8_000,
}

describe('the record of a call', () => {
  it('has the words of the event, in this order', () => {
    const [record] = recordsOf({ ...completed(), approval } as AuthSecEvent)
    const { chain, seq, prev, hash, ...rest } = record ?? {}
    expect([chain, seq, prev, hash]).toEqual([
      expect.stringMatching(/^[0-9a-f-]{36}$/),
      1,
      expect.stringMatching(/^[0-9a-f]{64}$/),
      expect.stringMatching(/^[0-9a-f]{64}$/),
    ])
    expect(JSON.stringify(rest)).toBe(
      JSON.stringify({
        version: 1,
        time: '2026-11-23T12:00:00.000Z',
        kind: 'call',
        outcome: 'completed',
        client: 'cid_01234567',
        callId: 'call_0123456789abcdef',
        tool: 'get_record',
        toolCallId: 'toolu_1',
        run: 'run_1',
        user: 'user@example.com',
        resource: 'vault',
        method: 'GET',
        route: 'records/{id}',
        token: 'tok_89abcdef',
        permission: ['vault:read'],
        approval: {
          code: 'K7M2QX',
          approver: 'approver@example.com',
          decidedAt: '2026-11-23T12:00:01.000Z',
          waitedMs: 8000,
        },
        attempts: 1,
        status: 200,
        durationMs: 12.3,
      }),
    )
  })

  it.each<[string, number | undefined, string]>([
    ['permission_missing', undefined, 'refused'],
    ['budget_exceeded', 0, 'refused'],
    ['approval_denied', 0, 'refused'],
    ['no_active_delegation', 0, 'refused'],
    ['audit_unavailable', 0, 'refused'],
    ['network_error', 2, 'failed'],
    ['network_error', 0, 'failed'],
    ['server_error', 0, 'failed'],
    ['address_blocked', 1, 'failed'],
    ['unexpected', undefined, 'failed'],
    ['constructor', undefined, 'failed'],
  ])('that ended with %s after %s attempts is %s', (code, attempts, outcome) => {
    const event = { type: 'request.failed', ...call, code, attempts: attempts ?? 0 } as const
    expect(recordsOf(event)).toMatchObject([{ kind: 'call', outcome, code }])
  })

  it('says why it failed: code, status, cause and reason', () => {
    const failed = { type: 'request.failed', ...call, code: 'network_error', status: 502 } as const
    expect(recordsOf({ ...failed, systemCode: 'ENOTFOUND' })).toMatchObject([
      { cause: 'ENOTFOUND' },
    ])
    const answered = { ...completed(), detail: 'It is locked.' } as AuthSecEvent
    expect(recordsOf(answered)).toMatchObject([{ reason: 'It is locked.' }])
  })

  it('is suspended while a person is asked', () => {
    const event = { type: 'request.suspended', ...call, code: 'approval_pending' } as const
    expect(recordsOf(event)).toMatchObject([{ kind: 'call', outcome: 'suspended' }])
  })
})

describe('the record of an approval', () => {
  it.each([
    ['approved', 'approved', undefined],
    ['approval_denied', 'denied', 'approval_denied'],
    ['approval_expired', 'expired', 'approval_expired'],
    ['approval_timeout', 'expired', 'approval_timeout'],
    ['cancelled', 'cancelled', undefined],
    ['approval_cancelled', 'cancelled', 'approval_cancelled'],
    ['approval_outcome_unknown', 'failed', 'approval_outcome_unknown'],
  ] as const)('that ended as %s is %s', (ended, outcome, code) => {
    const question = { code: 'K7M2QX', approver: 'approver@example.com' }
    const settled = {
      type: 'approval.settled',
      ...question,
      outcome: ended,
      durationMs: 8_000,
    } as const
    const [record] = recordsOf(settled)
    expect(record).toMatchObject({ kind: 'approval', outcome })
    expect(record?.code).toBe(code)
    expect(record?.approval).toEqual({ ...question, waitedMs: 8_000 })
    expect(record).not.toHaveProperty('durationMs')
  })

  it('begins with the question, its approver and its end', () => {
    const asked = {
      type: 'approval.started',
      ...{ code: 'K7M2QX', approver: 'a@example.com', expiresAt: at },
      ...{ callId: 'call_1', tool: 'delete_customer' },
    } as const
    expect(recordsOf(asked)).toMatchObject([
      {
        ...{ kind: 'approval', outcome: 'asked', callId: 'call_1', tool: 'delete_customer' },
        ...{ expiresAt: at.toISOString(), approval: { code: 'K7M2QX', approver: 'a@example.com' } },
      },
    ])
  })
})

describe('the record of a person', () => {
  const event = { ...completed(), caller: 'sub-7', approval } as AuthSecEvent
  const key = Buffer.from(Array.from({ length: 32 }, (_, index) => index)).toString('base64')

  it('names user, caller and approver, unless it is told to hash them', () => {
    const names = ['user@example.com', 'sub-7', 'approver@example.com']
    const [plain = ''] = textsOf({})
    for (const name of names) expect(plain).toContain(name)
    for (const options of [{ people: 'hash' }, { people: 'hash', hashChain: { key } }] as const) {
      const [one = '', two = ''] = textsOf(options)
      for (const name of names) expect(one).not.toContain(name)
      const people = (text: string): string[] => text.match(/person_[0-9a-f]{16}/g) ?? []
      expect(people(one)).toHaveLength(3)
      expect(people(one)).toEqual(people(two))
    }
  })

  it('has another pseudonym with another key', () => {
    const [one = ''] = textsOf({ people: 'hash' })
    const [two = ''] = textsOf({ people: 'hash', hashChain: { key } })
    expect(JSON.parse(one).user).not.toBe(JSON.parse(two).user)
  })

  function textsOf(options: Parameters<typeof listBench>[0]): string[] {
    const { audit, lines } = listBench(options)
    audit(event)
    audit(event)
    return lines.slice(1)
  }
})

describe('other records', () => {
  it('are of new tokens, dropped tokens, failures, credentials and clients', () => {
    const token = {
      ...{ fingerprint: 'tok_1', subject: 'spiffe://x/agent/cid_1', permissions: ['vault:read'] },
      ...{ expiresAt: at, durationMs: 5 },
    }
    const kinds = recordsOf(
      {
        ...{ type: 'client.created', mode: 'mock', authSecOrigin: 'https://a.test' },
        ...{ client: 'cid_1', resources: [] },
      },
      { type: 'token.requested', reason: 'first' },
      { type: 'token.acquired', ...token, unchanged: false },
      { type: 'token.acquired', ...token, unchanged: true },
      { type: 'token.dropped', fingerprint: 'tok_1', code: 'no_active_delegation' },
      {
        ...{ type: 'token.failed', code: 'server_error', status: 503, message: 'm' },
        ...{ stillServing: true, durationMs: 1 },
      },
      { type: 'cloud.exchanged', provider: 'aws', expiresAt: at, durationMs: 1 },
      { type: 'cloud.failed', provider: 'aws', durationMs: 1, code: 'not_available' },
      { type: 'warning', code: 'clock_skew', message: 'm' },
    ).map(({ kind, outcome, mode, provider }) => [kind, outcome, mode ?? provider])
    expect(kinds).toEqual([
      ['client', 'created', 'mock'],
      ['token', 'acquired', undefined],
      ['token', 'dropped', undefined],
      ['token', 'failed', undefined],
      ['credentials', 'completed', 'aws'],
      ['credentials', 'failed', 'aws'],
    ])
  })

  it('never hold a field that nobody chose', () => {
    const secret = 'e2f1-planted-secret'
    plantSecret('a field of an event that nobody chose', secret)
    const event = Object.assign(completed(), { headers: secret, body: { secret }, [secret]: 1 })
    expect(JSON.stringify(recordsOf(event))).not.toContain(secret)
  })

  it('have a fingerprint where somebody named a user by a token', () => {
    const jwt = `eyJhbGciOiJSUzI1NiJ9.${'eyJzdWIiOiIxMjM0NTY3ODkwIn0'}.c2lnbmF0dXJl`
    for (const name of ['user', 'run', 'tool', 'toolCallId', 'caller'] as const) {
      const [record] = recordsOf({ ...completed(), [name]: `Bearer ${jwt}!` } as AuthSecEvent)
      expect(record?.[name]).toMatch(/^Bearer tok_[0-9a-f]{8}!$/)
    }
  })

  it('are one line of bounded length, whatever a framework calls its tool call', () => {
    const wild = [
      'a\nb',
      '\u{2028}',
      '\ud800',
      '"}',
      'x'.repeat(1_000_000),
      '\0',
      '👩‍🚀'.repeat(4_000),
    ]
    for (const toolCallId of wild) {
      const { audit, lines } = listBench()
      audit({ ...completed(), toolCallId } as AuthSecEvent)
      expect(lines[1]).not.toContain('\n')
      expect(lines[1]?.length).toBeLessThan(20_000)
      expectValid(JSON.parse(lines[1] ?? ''))
    }
  })

  it('keep out what is no number, no time and no text', () => {
    const odd = { attempts: Number.NaN, durationMs: Infinity, time: new Date(Number.NaN), tool: 7 }
    const [record] = recordsOf({ ...completed(), ...odd } as never)
    expect(record).toMatchObject({ time: '2026-11-23T12:00:00.000Z' })
    for (const name of ['attempts', 'durationMs', 'tool']) expect(record).not.toHaveProperty(name)
  })
})

describe('the schema', () => {
  it('is what the package has as a file', () => {
    const path = join(import.meta.dirname, '../src/records/audit-record.schema.json')
    expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual(
      JSON.parse(JSON.stringify(auditRecordSchema)),
    )
  })

  it('refuses what no record has: another field, a missing one, a wrong type or word', () => {
    const [record] = recordsOf(completed())
    expectValid(record)
    const { time: _time, ...untimed } = record ?? ({} as AuditRecord)
    const wrong = [
      untimed,
      { ...record, other: 1 },
      { ...record, version: 2 },
      { ...record, kind: 'calls' },
      { ...record, outcome: 'ok' },
      { ...record, attempts: -1 },
      { ...record, permission: 'vault:read' },
      { ...record, hash: 'x' },
      { ...record, approval: { approver: 'a' } },
      { ...record, approval: { ...approval, decidedAt: '', token: 'x' } },
    ]
    for (const one of wrong) expect(validate(one), JSON.stringify(one)).toBe(false)
  })

  it('holds for records of events made at random', () => {
    const random = createRandom(7)
    for (let run = 0; run < 2_000; run++) recordsOf(randomEvent(random))
  })
})

describe('the text of a record', () => {
  it('is what JSON.stringify writes, byte for byte, for events made at random', () => {
    const random = createRandom(11)
    const context = { now: () => at.getTime(), nameOf: (name: string) => name }
    for (let run = 0; run < 5_000; run++) {
      const fields = recordOfEvent(someEvent(randomEvent(random)), context)
      if (fields === undefined) throw new Error('Each of these events has a record.')
      expect(`${recordText(fields)}}`).toBe(JSON.stringify({ version: 1, ...fields }))
    }
  })

  it('escapes each UTF-16 unit as JSON.stringify does, alone and within a text', () => {
    const base = { time: at.toISOString(), kind: 'call', outcome: 'completed' } as const
    for (let unit = 0; unit <= 0xffff; unit++) {
      const fields = {
        ...base,
        tool: String.fromCharCode(unit),
        reason: `a${String.fromCharCode(unit)}`,
      }
      const text = `${recordText(fields)}}`
      if (text !== JSON.stringify({ version: 1, ...fields })) expect.fail(`unit ${unit}: ${text}`)
    }
  })

  it('says of each record what it says, whatever the one before said', () => {
    const list = ['vault:read']
    const base: AuditFields = { time: '', kind: 'call', outcome: 'completed', user: 'jo' }
    const frozen = Object.freeze(['a"b', 'é'])
    const records: AuditFields[] = [
      base,
      { ...base, user: 'ann', permission: list },
      { ...base, user: 'ann', permission: frozen },
      { ...base, user: undefined, permission: frozen },
      { ...base, user: 'a"n', route: 'ann', resource: 'ann', permission: Object.freeze(['x']) },
      { ...base, route: 'a"n', tool: 'jo', permission: [] },
    ]
    for (const record of [...records, ...records.toReversed()]) {
      expect(JSON.parse(`${recordText(record)}}`)).toEqual({ version: 1, ...record })
    }
    list.push('vault:delete')
    expect(recordText({ ...base, permission: list })).toContain('["vault:read","vault:delete"]')
  })

  it('writes each number of one decimal as JSON does, and those beyond', () => {
    const base: AuditFields = { time: '', kind: 'call', outcome: 'completed' }
    const beyond = [0.05, 1.25, 12.345, 1e21, 2 ** 31, 2 ** 31 / 10, 2 ** 53, -0.1, -7, -0, 1e-7]
    const tenths = Array.from({ length: 40_000 }, (_, index) => Math.round(index ** 1.9) / 10)
    for (const durationMs of [...beyond, ...tenths, 214_748_364.7, 214_748_364.8]) {
      const json = JSON.stringify(durationMs)
      expect(recordText({ ...base, durationMs }).endsWith(`,"durationMs":${json}`)).toBe(true)
    }
  })

  it('writes numbers as JSON does, and has every field of the schema in its place', () => {
    const every: AuditFields = {
      ...{ time: at.toISOString(), kind: 'call', outcome: 'failed', client: 'c', mode: 'live' },
      ...{ callId: 'i', tool: 't', toolCallId: 'tc', run: 'r', user: 'u', caller: 'ca' },
      ...{ provider: 'p', resource: 're', method: 'm', route: 'ro', token: 'to', subject: 's' },
      ...{ permission: ['a', '"'], expiresAt: at.toISOString() },
      ...{ approval: { code: 'K', approver: undefined, decidedAt: '"' }, attempts: 0, status: -0 },
      ...{ code: 'co', reason: 'rs', tokenProblem: 'tp', cause: 'cs', durationMs: 1e21 },
      ...{ algorithm: 'sha256', lost: 1e-7 },
    }
    const text = `${recordText(every)}}`
    expect(text).toBe(JSON.stringify({ version: 1, ...every }))
    const { properties } = auditRecordSchema as { properties: object }
    expect([...Object.keys(JSON.parse(text)), 'chain', 'seq', 'prev', 'hash']).toEqual(
      Object.keys(properties),
    )
  })
})

function randomEvent(random: () => number): SomeEvent {
  const some = <T>(value: T): T | undefined => (random() < 0.5 ? value : undefined)
  const text = (): string => pick(random, ['', 'x', 'ü "\\', '\n', 'a'.repeat(3_000)])
  const number = (): number => pick(random, [0, 0.05, 17.77, 1e9])
  const details = {
    ...{ callId: some(text()), tool: some(text()), toolCallId: some(text()), run: some(text()) },
    ...{ user: some(text()), caller: some(text()), token: some(text()) },
    ...{ permission: some([text(), text()]), approval: some(approval) },
    ...{ attempts: some(pick(random, [0, 1, 3])), detail: some(text()) },
    systemCode: some(text()),
  } as Partial<CallDetails>
  const origin = { time: at, client: text() }
  const place = { resource: text(), method: text(), route: text(), durationMs: number() }
  const events: SomeEvent[] = [
    { ...completed(), ...origin, ...details, ...place } as AuthSecEvent,
    { type: 'request.failed', ...origin, ...details, ...place, code: text(), status: some(503) },
    { type: 'request.suspended', ...origin, ...details, ...place, code: text() },
    { type: 'approval.started', ...origin, ...details, code: text(), expiresAt: at },
    {
      ...{ type: 'approval.settled', ...origin, ...details, code: text(), durationMs: number() },
      outcome: pick(random, ['approved', 'cancelled', 'approval_denied', 'approval_failed']),
    },
    {
      type: 'cloud.exchanged',
      ...origin,
      ...details,
      provider: text(),
      expiresAt: at,
      durationMs: 1,
    },
    { type: 'cloud.failed', ...origin, ...details, provider: text(), durationMs: 1, code: text() },
  ]
  return pick(random, events)
}

describe('the records of a client', () => {
  it('say who called what, and name no secret', async () => {
    const { audit, records } = listBench()
    const client = inProcessClient(inProcessEmulator(), { onEvent: audit })
    await client.secureFetch({ endpoint: 'metrics' })
    await rejection(client.secureFetch({ endpoint: 'metrics', permission: 'no:such' }))
    const made = callsOf(records())
    for (const record of records()) expectValid(record)
    expect(made.map(({ kind, outcome }) => `${kind} ${outcome}`)).toEqual([
      'client created',
      'token acquired',
      'call completed',
      'call refused',
    ])
    expect(made[2]).toMatchObject({
      resource: 'vault',
      method: 'GET',
      route: 'metrics',
      status: 200,
    })
    expect(made[3]).toMatchObject({ code: 'permission_missing' })
  })
})
