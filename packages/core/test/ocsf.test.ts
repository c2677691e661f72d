import { hash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { type AuditRecord, type OcsfEvent, toOcsf } from '../src/audit.ts'
import { listBench } from './support/audit-bench.ts'
import { completed } from './support/completed-call.ts'
import { type SomeEvent, someEvent } from './support/some-event.ts'

/** `requirement: required` of API Activity and the base event in OCSF 1.9.0. */
const REQUIRED = [
  ...['activity_id', 'category_uid', 'class_uid', 'type_uid', 'severity_id', 'time', 'metadata'],
  ...['actor', 'api', 'src_endpoint'],
]

function recordsOf(...events: SomeEvent[]): AuditRecord[] {
  const { audit, records } = listBench()
  for (const event of events) audit(someEvent(event))
  return records()
}

const [, call = {} as AuditRecord] = recordsOf(completed())
const at = new Date(Date.UTC(2026, 10, 23, 13))

describe('an OCSF event', () => {
  it('is API Activity of 1.9.0, with what that requires', () => {
    const event = toOcsf(call, { source: { hostname: 'agent-1' } })
    for (const name of REQUIRED) expect(event).toHaveProperty(name)
    expect(event).toMatchObject({
      ...{ category_uid: 6, class_uid: 6003, activity_id: 2, type_uid: 600_302, severity_id: 1 },
      ...{ time: Date.UTC(2026, 10, 23, 12), status_id: 1, status: 'Success', status_code: '200' },
      metadata: {
        version: '1.9.0',
        profiles: ['ai_operation', 'record_integrity'],
        product: { name: '@authsec/core', vendor_name: 'AuthSec' },
        uid: `${call.chain}:1`,
        correlation_uid: 'call_0123456789abcdef',
      },
      actor: { user: { name: 'user@example.com' }, application: { uid: 'cid_01234567' } },
      api: { operation: 'GET records/{id}', service: { name: 'vault' }, response: { code: 200 } },
      src_endpoint: { hostname: 'agent-1' },
      http_request: { http_method: 'GET' },
      http_response: { code: 200 },
      resources: [{ name: 'vault' }],
      ai_agent: { uid: 'cid_01234567', instance_uid: 'run_1' },
      delegation: { uid: 'tok_89abcdef', scopes: ['vault:read'] },
      unmapped: { tool: 'get_record', toolCallId: 'toolu_1', line: { hash: call.hash, seq: 1 } },
    })
    expect(JSON.parse(JSON.stringify(event))).toEqual(event)
  })

  it.each([
    ['POST', 1],
    ['GET', 2],
    ['HEAD', 2],
    ['OPTIONS', 2],
    ['PUT', 3],
    ['PATCH', 3],
    ['DELETE', 4],
    ['PURGE', 99],
    ['constructor', 99],
  ])('of %s has activity %i and the type of both', (method, activity) => {
    const event = toOcsf({ ...call, method })
    expect(event).toMatchObject({ activity_id: activity, type_uid: 6003 * 100 + activity })
    if (activity === 99) expect(event).toMatchObject({ activity_name: expect.stringMatching(/\w/) })
  })

  it.each<[Partial<AuditRecord>, number, number]>([
    [{ outcome: 'completed', status: 200 }, 1, 1],
    [{ outcome: 'completed', status: 404 }, 2, 2],
    [{ outcome: 'completed', status: 403 }, 2, 3],
    [{ outcome: 'refused', code: 'permission_missing' }, 2, 3],
    [{ outcome: 'failed', code: 'network_error' }, 2, 2],
    [{ outcome: 'suspended' }, 99, 1],
    [{ outcome: 'started' }, 99, 1],
    [{ kind: 'approval', outcome: 'asked' }, 99, 1],
    [{ kind: 'approval', outcome: 'approved' }, 1, 1],
    [{ kind: 'approval', outcome: 'denied' }, 2, 3],
    [{ kind: 'approval', outcome: 'expired' }, 2, 2],
    [{ kind: 'log', outcome: 'lost', lost: 3 }, 2, 2],
  ])('of %j has status %i and severity %i', (fields, status, severity) => {
    const { status: _status, ...rest } = call
    const event = toOcsf({ ...rest, ...fields })
    expect(event).toMatchObject({ status_id: status, severity_id: severity })
    expect(event['status']).toEqual(expect.any(String))
  })

  it('of every kind has what is required, and no field is lost', () => {
    const records = recordsOf(
      {
        ...{ type: 'client.created', mode: 'mock', authSecOrigin: 'https://a.test' },
        ...{ client: 'cid_1', resources: [] },
      },
      {
        ...{ type: 'token.acquired', fingerprint: 'tok_1', subject: 's', permissions: ['a:b'] },
        ...{ expiresAt: at, unchanged: false, durationMs: 5 },
      },
      { type: 'approval.started', code: 'K7M2QX', approver: 'a@example.com', expiresAt: at },
      { type: 'cloud.exchanged', provider: 'aws', expiresAt: at, durationMs: 1 },
      { ...completed(), caller: 'sub-7', detail: 'no', tokenProblem: 'x', status: 401 } as never,
      { type: 'request.failed', ...place, code: 'network_error', systemCode: 'ENOTFOUND' },
    )
    for (const record of records) {
      const event = toOcsf(record)
      for (const name of REQUIRED) expect(event, record.kind).toHaveProperty(name)
      const text = JSON.stringify(event)
      for (const [name, value] of Object.entries(record)) {
        if (['version', 'time', 'expiresAt'].includes(name)) continue
        const shown = JSON.stringify(value)
        expect(text, `${record.kind} ${name}`).toContain(shown.replaceAll(/^"|"$/g, ''))
      }
    }
  })

  it('is refused for a record without a time', () => {
    expect(() => toOcsf({ ...call, time: 'yesterday' })).toThrow(/record.time/)
  })
})

const place = { resource: 'vault', method: 'GET', route: 'x', durationMs: 1 }

describe('the attestation', () => {
  const records = recordsOf(completed('call_1'), completed('call_2'))

  it('is a fingerprint over the canonical event with its link and without itself', () => {
    const event = toOcsf(call)
    const [{ fingerprint, ...link }] = event['attestation_list'] as [Record<string, unknown>]
    expect(fingerprint).toMatchObject({ algorithm_id: 3, encoding_id: 1, serialization_id: 2 })
    const bare = { ...event, attestation_list: [link] }
    expect(fingerprint).toMatchObject({ value: hash('sha256', canonical(bare)) })
    expect(link).toEqual({ chain_uid: call.chain, prev_event: { uid: `${call.chain}:0` } })
  })

  it('links events of a chain, and the first one to none', () => {
    const events: OcsfEvent[] = []
    for (const record of records) {
      const previous = events.at(-1)
      events.push(toOcsf(record, { previous }))
    }
    const attestations = events.map((event) => Object(event['attestation_list'])[0])
    expect(attestations[0]).not.toHaveProperty('prev_event')
    expect(attestations[2].prev_event).toEqual({
      uid: `${call.chain && records[0]?.chain}:1`,
      type_uid: 600_302,
      fingerprint: attestations[1].fingerprint,
    })
  })

  it('does not link to an event that is not the one before', () => {
    const [first = call, , third = call] = records
    const event = toOcsf(third, { previous: toOcsf(first) })
    expect(Object(event['attestation_list'])[0].prev_event).toEqual({ uid: `${third.chain}:1` })
  })

  it('is absent without a chain', () => {
    const { audit, records: made } = listBench({ hashChain: false })
    audit(completed())
    const event = toOcsf(made()[1] ?? call)
    expect(event).not.toHaveProperty('attestation_list')
    expect(event).toMatchObject({ metadata: { profiles: ['ai_operation'] } })
  })
})

/** RFC 8785 for values without unusual numbers. */
function canonical(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`
  const names = Object.keys(value).sort()
  return `{${names.map((name) => `${JSON.stringify(name)}:${canonical(Reflect.get(value, name))}`).join()}}`
}
