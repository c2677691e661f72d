import { describe, expect, it } from 'vitest'
import type { AuthSecEvent } from '../src/events.ts'
import { listBench } from './support/audit-bench.ts'

const event = (more: object = {}): AuthSecEvent =>
  Object.freeze({
    type: 'request.completed',
    ...{ time: new Date(), client: 'cid_00000000', callId: 'c1', resource: 'r' },
    ...{ method: 'GET', route: '/x', status: 200, attempts: 1, durationMs: 1 },
    ...more,
  }) as AuthSecEvent

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
const jwt = [
  part({ alg: 'RS256', typ: 'JWT' }),
  part({ sub: 'agent', client_id: 'a594430b-2bd4-4792-9666-63162ee858c5', exp: 1 }),
  Buffer.alloc(48, 7).toString('base64url'),
].join('.')
const base64 = (text: string): string => Buffer.from(text).toString('base64')
const forms: [what: string, text: string][] = [
  ['as it is', jwt],
  ['in base64', base64(jwt)],
  ['in base64url', Buffer.from(jwt).toString('base64url')],
  ['in base64 after one letter', base64(`x${jwt}`)],
  ['in base64 after two letters', base64(`xy${jwt}`)],
  ['in base64 with the word before it', base64(`Bearer ${jwt}`)],
  ['in base64 twice', base64(base64(jwt))],
  ['in base64 three times', base64(base64(base64(jwt)))],
  ['in base64 inside a path', `/a/${base64(jwt)}/b`],
  ['in base64 inside a sentence', `the token ${base64(jwt)} was given`],
  ['in base64 behind a word', `id-${base64(jwt)}`],
  ['in hex', Buffer.from(jwt).toString('hex')],
  ['in upper hex', Buffer.from(jwt).toString('hex').toUpperCase()],
  ['in hex after a digit', `0${Buffer.from(jwt).toString('hex')}`],
  ['in base64 of hex', base64(Buffer.from(jwt).toString('hex'))],
  ['with dots of percent', jwt.replaceAll('.', '%2E')],
  ['with dots of percent twice', jwt.replaceAll('.', '%252e')],
  ['with dots of JSON', jwt.replaceAll('.', '\\u002e')],
  ['with dots of HTML', jwt.replaceAll('.', '&#46;')],
]

describe('a token in a text field of a record', () => {
  it.each(forms)('is replaced by its fingerprint, %s', async (_what, text) => {
    const { audit, lines } = listBench()
    const names = ['user', 'caller', 'tool', 'toolCallId', 'run', 'resource', 'route'] as const
    audit(event({ ...Object.fromEntries(names.map((name) => [name, text])), permission: [text] }))
    await audit.close()
    const record = JSON.parse(lines[1] ?? '')
    for (const kept of [...names.map((name) => record[name]), record.permission[0]]) {
      expect(kept).toMatch(/tok_[0-9a-f]{8}/)
      expect(kept.length).toBeLessThan(60)
    }
  })

  it.each([
    ['a UUID', 'a594430b-2bd4-4792-9666-63162ee858c5'],
    ['a digest', 'f'.repeat(64)],
    ['a digest in base64', Buffer.alloc(32, 200).toString('base64')],
    ['a long path', '/customers/orders/invoices/positions/attachments/preview'],
    ['a long word', 'x'.repeat(500)],
    ['a JSON text in base64', base64(JSON.stringify({ a: 1, b: 'two', c: [3] }).repeat(3))],
    ['a sentence', 'Pay the invoice of the customer, please, and tell me when it is done.'],
    ['a line of two', 'one\ntwo'],
  ])('is nothing that is none: %s stays', async (_what, text) => {
    const { audit, lines } = listBench()
    audit(event({ run: text }))
    await audit.close()
    expect(JSON.parse(lines[1] ?? '').run).toBe(text)
  })

  it('costs no time in a text of any length', async () => {
    const { audit, lines } = listBench()
    const startedAt = performance.now()
    for (const unit of ['a', 'aGVsbG8', 'eyJ', 'eyJhbGciOiJ.', '6579', '%2E']) {
      for (let index = 0; index < 20; index += 1) audit(event({ run: unit.repeat(10_000) }))
    }
    await audit.close()
    expect(performance.now() - startedAt).toBeLessThan(4_000)
    expect(lines.length).toBe(122)
  })
})
