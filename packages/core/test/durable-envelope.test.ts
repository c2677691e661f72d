import { createFakeClock, inProcessClient, rejection, watch } from '@authsec-internal/test-kit'
import { describe, expect, it } from 'vitest'
import type { AuthSecClientOptions } from '../src/config/client-options.ts'
import { openText, sealText } from '../src/store/jwe.ts'
import { APPROVER, durableBench, KEYS, keyOf } from './support/durable-bench.ts'

const question = { approver: APPROVER, message: 'Show record {id}?', values: { id: 1 } }

type Parts = [header: string, key: string, nonce: string, content: string, tag: string]

const partsOf = (sealed: string): Parts => sealed.split('.') as Parts
const encoded = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
const decoded = (part: string): object => JSON.parse(Buffer.from(part, 'base64url').toString())

function withHeader(sealed: string, changes: object): string {
  const [header, ...rest] = partsOf(sealed)
  return [encoded({ ...decoded(header), ...changes }), ...rest].join('.')
}

function flipped(sealed: string, part: number): string {
  const parts = partsOf(sealed)
  const bytes = Buffer.from(parts[part] ?? '', 'base64url')
  bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1
  parts[part] = bytes.toString('base64url')
  return parts.join('.')
}

const TYPE = 'authsec-approval+jwe'
const raw = KEYS.map(({ kid, key }) => ({ kid, bytes: Uint8Array.from(key) }))

describe('a sealed approval', () => {
  it('shows its holder the name of the key and nothing of the question', async () => {
    const { process, emulator } = durableBench()
    const client = process()
    const pending = await client.startApproval(question)
    const sealed = await client.sealApproval(pending)
    watch('sealed approval', sealed)
    const [header, ...rest] = partsOf(sealed)
    expect(decoded(header)).toEqual({
      alg: 'dir',
      enc: 'A256GCM',
      typ: 'authsec-approval+jwe',
      kid: 'k1',
    })
    const readable = rest.map((part) => Buffer.from(part, 'base64url').toString('latin1')).join()
    for (const secret of [pending.authReqId, pending.code, APPROVER, emulator.clientId, 'Show']) {
      expect(readable).not.toContain(secret)
    }
    expect(sealed.length).toBeLessThan(1_500)
  })

  it('is another text each time, and each opens to the same question', async () => {
    const { process } = durableBench()
    const client = process()
    const pending = await client.startApproval(question)
    const texts = await Promise.all([client.sealApproval(pending), client.sealApproval(pending)])
    expect(new Set(texts).size).toBe(2)
    const views = await Promise.all(texts.map((text) => process().viewApproval(text)))
    expect(views[0]).toEqual(views[1])
  })

  it.each<[string, (sealed: string) => unknown]>([
    ['with an altered header', (sealed) => flipped(sealed, 0)],
    ['with an altered nonce', (sealed) => flipped(sealed, 2)],
    ['with an altered content', (sealed) => flipped(sealed, 3)],
    ['with an altered tag', (sealed) => flipped(sealed, 4)],
    ['with a wrapped key', (sealed) => sealed.replace('..', '.AAAA.')],
    ['of a compressed kind', (sealed) => withHeader(sealed, { zip: 'DEF' })],
    ['of another type', (sealed) => withHeader(sealed, { typ: 'JWT' })],
    ['without a type', (sealed) => withHeader(sealed, { typ: undefined })],
    ['of another algorithm', (sealed) => withHeader(sealed, { alg: 'A256KW' })],
    ['of no algorithm', (sealed) => withHeader(sealed, { alg: 'none' })],
    ['of a weaker encryption', (sealed) => withHeader(sealed, { enc: 'A128GCM' })],
    ['with a critical header', (sealed) => withHeader(sealed, { crit: ['b64'], b64: false })],
    ['of a key that nobody has', (sealed) => withHeader(sealed, { kid: 'k9' })],
    ['of a key named like a prototype', (sealed) => withHeader(sealed, { kid: 'constructor' })],
    ['that is cut', (sealed) => sealed.slice(0, -3)],
    ['that is cut in half', (sealed) => sealed.slice(0, sealed.length >> 1)],
    ['with more at its end', (sealed) => `${sealed}AAAA`],
    ['with a sixth part', (sealed) => `${sealed}.AAAA`],
    ['that is empty', () => ''],
    ['that is huge', (sealed) => sealed + 'A'.repeat(1_000_000)],
    ['that is a JWT', () => `${encoded({ alg: 'HS256' })}.${encoded({ sub: 'x' })}.AAAA`],
    ['that is a list', (sealed) => [sealed]],
    ['that only prints as one', (sealed) => ({ toString: () => sealed })],
  ])('%s is refused, and nothing is polled', async (_what, alter) => {
    const { process, emulator, polls } = durableBench()
    const client = process()
    const sealed = await client.sealApproval(await client.startApproval(question))
    emulator.control.approve()
    const error = await rejection(process().pollApproval(alter(sealed) as string))
    expect(error).toMatchObject({ name: 'ApprovalError' })
    expect(Object(error).code).toMatch(/^(approval_invalid|pending_altered)$/)
    expect(polls()).toBe(0)
    expect(await process().pollApproval(sealed)).toMatchObject({ status: 'approved' })
  })

  it.each<[string, (sealed: string) => string]>([
    ['with padding', (sealed) => `${sealed}==`],
    ['with a line break at its end', (sealed) => `${sealed}\n`],
    ['in the alphabet of base64', (sealed) => sealed.replaceAll('-', '+').replaceAll('_', '/')],
    [
      'with other spare bits',
      (sealed) =>
        sealed.slice(0, -1) + String.fromCharCode(sealed.charCodeAt(sealed.length - 1) + 1),
    ],
  ])('%s is refused or the same approval, which works once', async (_what, alter) => {
    const { process, emulator } = durableBench()
    const client = process()
    const pending = await client.startApproval(question)
    const sealed = await client.sealApproval(pending)
    emulator.control.approve()
    emulator.control.failNext({ kind: 'reuse_approval' }, { times: Number.POSITIVE_INFINITY })
    const uses = [alter(sealed), sealed, alter(sealed), sealed].map(async (text) => {
      await process().useApproval(text, question)
      return 'used'
    })
    const results = await Promise.allSettled(uses)
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  })

  it.each<[string, Partial<AuthSecClientOptions>]>([
    ['another agent', { clientId: '11111111-1111-4111-8111-111111111111' }],
    ['another server', { baseUrl: 'https://other.example.com' }],
    ['another port of the server', { baseUrl: 'https://auth.example.com:8443' }],
    ['the same name of another key', { approvals: { keys: [keyOf('k1', 99)] } }],
    ['another name of the same key', { approvals: { keys: [{ ...keyOf('k1', 1), kid: 'k2' }] } }],
    ['no keys', { approvals: {} }],
  ])('is refused by a client of %s', async (_what, options) => {
    const { emulator, clock } = durableBench()
    const base = { clock, approvals: { keys: KEYS }, baseUrl: 'https://auth.example.com' }
    const client = inProcessClient(emulator, base)
    const sealed = await client.sealApproval(await client.startApproval(question))
    const other = inProcessClient(emulator, { ...base, ...options })
    expect(await rejection(other.viewApproval(sealed))).toMatchObject({ code: 'approval_invalid' })
    expect(await inProcessClient(emulator, base).viewApproval(sealed)).toMatchObject({
      status: 'pending',
    })
  })

  it.each<[string, (content: Record<string, unknown>) => object]>([
    ['issued in the future', (content) => ({ ...content, iat: Number(content['iat']) + 61_000 })],
    ['without a time', ({ iat: _, ...content }) => content],
    ['without an end', ({ exp: _, ...content }) => content],
    ['of another format', (content) => ({ ...content, v: 'authsec.approval/2' })],
    ['of an unknown state', (content) => ({ ...content, state: 'granted' })],
    ['without a question', ({ q: _, ...content }) => content],
    [
      'of an unknown flow',
      (content) => ({ ...content, q: { ...Object(content['q']), flow: 'x' } }),
    ],
    [
      'whose digest is a list',
      (content) => ({ ...content, q: { ...Object(content['q']), digest: [] } }),
    ],
    ['that is no object', () => []],
  ])('that is rightly sealed but %s is refused', async (_what, alter) => {
    const { process } = durableBench()
    const client = process()
    const genuine = await client.sealApproval(await client.startApproval(question))
    const content = JSON.parse((await openText(genuine, TYPE, raw)) ?? '')
    const same = await sealText(JSON.stringify(content), TYPE, raw)
    expect(await process().viewApproval(same)).toMatchObject({ status: 'pending' })
    const sealed = await sealText(JSON.stringify(alter(content)), TYPE, raw)
    expect(await rejection(process().viewApproval(sealed))).toMatchObject({
      code: 'approval_invalid',
    })
  })

  it('is too old a minute after its question', async () => {
    const { process, clock } = durableBench()
    const client = process()
    const sealed = await client.sealApproval(await client.startApproval(question))
    await clock.advance(359_000)
    expect(await process().viewApproval(sealed)).toMatchObject({ status: 'pending' })
    await clock.advance(1_001)
    for (const work of ['viewApproval', 'pollApproval'] as const) {
      expect(await rejection(process()[work](sealed))).toMatchObject({ code: 'approval_expired' })
    }
  })
})

describe('a key that is replaced', () => {
  it('opens what it sealed, while the new one seals', async () => {
    const { process } = durableBench()
    const [old, next] = [keyOf('2026-10', 1), keyOf('2026-11', 101)]
    const before = process({ approvals: { keys: [old] } })
    const sealed = await before.sealApproval(await before.startApproval(question))
    const during = process({ approvals: { keys: [next, old] } })
    const again = await during.sealApproval(await during.startApproval(question))
    expect(decoded(partsOf(again)[0])).toMatchObject({ kid: '2026-11' })
    expect(await during.viewApproval(sealed)).toMatchObject({ status: 'pending' })
    const after = process({ approvals: { keys: [next] } })
    expect(await after.viewApproval(again)).toMatchObject({ status: 'pending' })
    expect(await rejection(after.viewApproval(sealed))).toMatchObject({ code: 'approval_invalid' })
  })

  it('need not be configured within one process', async () => {
    const { emulator } = durableBench()
    const clock = createFakeClock()
    const first = inProcessClient(emulator, { clock })
    const second = inProcessClient(emulator, { clock })
    const sealed = await first.sealApproval(await first.startApproval(question))
    expect(await second.viewApproval(sealed)).toMatchObject({ status: 'pending' })
  })
})

describe('an approval that was collected', () => {
  it('is used by another process, once, within fifteen minutes', async () => {
    const { process, emulator, clock } = durableBench()
    const client = process()
    const pending = await client.startApproval(question)
    emulator.control.approve()
    const { approval } = Object(await client.pollApproval(pending))
    const sealed = await client.sealApproval(approval)
    await clock.advance(899_000)
    await process().useApproval(sealed, question)
    const again = process().useApproval(sealed, question)
    expect(await rejection(again)).toMatchObject({ code: 'approval_used' })
  })

  it.each<[string, number]>([
    ['fifteen minutes', 900_001],
    ['three hours, when nobody remembers its use', 10_800_000],
  ])('does not work after %s, however it is kept', async (_what, ms) => {
    const { process, emulator, clock } = durableBench()
    const client = process()
    const pending = await client.startApproval(question)
    emulator.control.approve()
    const { approval } = Object(await client.pollApproval(pending))
    await client.useApproval(approval, question)
    await clock.advance(ms)
    const old = { name: 'ApprovalError', code: 'approval_expired' }
    expect(await rejection(client.useApproval(approval, question))).toMatchObject(old)
    expect(await rejection(client.sealApproval(approval))).toMatchObject(old)
  })

  it('grows no younger by being sealed again', async () => {
    const { process, emulator, clock } = durableBench()
    const client = process()
    const pending = await client.startApproval(question)
    emulator.control.approve()
    let { approval } = Object(await client.pollApproval(pending))
    for (let minutes = 0; minutes < 14; minutes += 7) {
      const next = process()
      const sealed = await client.sealApproval(approval)
      approval = Object(await client.pollApproval(sealed)).approval
      expect(await next.pollApproval(sealed)).toMatchObject({ status: 'approved' })
      await clock.advance(7 * 60_000)
    }
    await clock.advance(61_000)
    const late = client.useApproval(approval, question)
    expect(await rejection(late)).toMatchObject({ code: 'approval_expired' })
  })

  it('stays used when the wall clock goes forward and back', async () => {
    const { process, emulator, clock } = durableBench()
    const client = process({ store: undefined })
    const pending = await client.startApproval(question)
    emulator.control.approve()
    const { approval } = Object(await client.pollApproval(pending))
    const sealed = await client.sealApproval(approval)
    await client.useApproval(sealed, question)
    clock.jump(10_800_000)
    const other = { ...question, values: { id: 2 } }
    const second = await client.startApproval(other)
    emulator.control.approve()
    await client.useApproval(second, other)
    clock.jump(-10_800_000)
    const again = client.useApproval(sealed, question)
    expect(await rejection(again)).toMatchObject({ code: 'approval_used' })
  })
})
