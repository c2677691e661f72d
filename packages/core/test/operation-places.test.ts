import {
  fastClock,
  startRecordingApi,
  testClient,
  testEmulator,
  thrown,
} from '@authsec-internal/test-kit'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { ApprovalRule } from '../src/index.ts'
import { defineOperation, type OperationOptions } from '../src/tool.ts'

type Options = OperationOptions<z.ZodObject<z.ZodRawShape>>

const base: Options = {
  name: 'send',
  description: 'Sends.',
  path: 'things/{id}',
  method: 'POST',
  params: z.object({ id: z.string(), kind: z.string().optional() }),
}

/** What an API receives of a call. */
async function sentBy(
  options: Partial<Options>,
  input: object,
): Promise<{
  outcome: object
  requests: readonly { url: string; body: string; headers: object }[]
}> {
  await using emulator = await testEmulator()
  await using api = await startRecordingApi()
  const client = testClient(emulator, {
    resources: [{ baseUrl: api.baseUrl, methods: ['GET', 'POST', 'PUT', 'DELETE'] }],
  })
  const outcome = await defineOperation(client, { ...base, ...options }).execute(input)
  return { outcome, requests: api.requests }
}

describe('a parameter that is a header', () => {
  const params = z.object({
    id: z.string(),
    version: z.enum(['1', '2']),
    page: z.number().optional(),
  })
  const options = {
    params,
    headerParams: ['version', 'page'],
    wireNames: { version: 'x-version', page: 'x-page' },
  }

  it('is sent under its name, and not in the body', async () => {
    const { requests } = await sentBy(options, { id: '7', version: '2', page: 3 })
    expect(requests).toMatchObject([
      { url: '/things/7', body: '{}', headers: { 'x-version': '2', 'x-page': '3' } },
    ])
  })

  it('is left out without a value', async () => {
    const { requests } = await sentBy(options, { id: '7', version: '2' })
    expect(requests[0]?.headers).not.toHaveProperty('x-page')
  })

  it.each([
    ['a line break', 'a\r\nx-injected: 1'],
    ['a letter beyond ASCII', 'é'],
    ['a control character', 'a\u0000'],
  ])('is refused with %s in its value, and nothing is sent', async (_what, kind) => {
    const { outcome, requests } = await sentBy({ headerParams: ['kind'] }, { id: '7', kind })
    expect(outcome).toMatchObject({ ok: false, code: 'header_refused' })
    expect(requests).toEqual([])
  })

  it.each([
    ...['Authorization', 'Cookie', 'Host', 'Content-Length', 'Content-Type', 'Accept'],
    ...['Proxy-Authorization', 'X-Forwarded-For', 'Idempotency-Key', 'traceparent', 'User-Agent'],
    ...['X-Api-Key', 'apikey', 'X-Auth-Token', 'X-CSRF-Token', 'X-Session-Id', 'X-Amz-Signature'],
    ...['X-Client-Secret', 'X-HTTP-Method-Override', 'On-Behalf-Of', 'bad name', '__proto__'],
  ])('cannot be called %s', (name) => {
    const options = { ...base, headerParams: ['kind'], wireNames: { kind: name } }
    const error = thrown(() => defineOperation(undefined, options))
    expect(error).toMatchObject({ name: 'ConfigError', message: expect.stringContaining('kind') })
  })

  it('is a part of what is approved', async () => {
    await using emulator = await testEmulator()
    await using api = await startRecordingApi()
    const client = testClient(emulator, {
      ciba: { loginHint: 'approver@example.com' },
      clock: fastClock,
      resources: [{ baseUrl: api.baseUrl, methods: ['POST'] }],
    })
    const tool = defineOperation(client, {
      ...base,
      headerParams: ['kind'],
      approval: { message: 'Send?' },
    })
    const asked = await tool.ask({ id: '7', kind: 'small' })
    if (asked.status !== 'asked') throw new Error('Nobody was asked.')
    emulator.control.approve()
    const approved = await client.waitForApproval(asked.pending)
    const other = await tool.execute({ id: '7', kind: 'large' }, { approved })
    expect(other).toMatchObject({ ok: false, code: 'approval_mismatch' })
    expect(api.requests).toEqual([])
    expect(await tool.execute({ id: '7', kind: 'small' }, { approved })).toMatchObject({ ok: true })
    expect(api.requests).toMatchObject([{ headers: { kind: 'small' } }])
  })
})

describe('the body of an operation', () => {
  it('is one parameter when that is the body', async () => {
    const params = z.object({ id: z.string(), items: z.array(z.number()) })
    const { requests } = await sentBy({ params, bodyParam: 'items' }, { id: '7', items: [1, 2] })
    expect(requests).toMatchObject([{ body: '[1,2]' }])
  })

  it('is none when there is no value for it', async () => {
    const { requests } = await sentBy({ bodyParam: 'kind' }, { id: '7' })
    expect(requests).toMatchObject([{ body: '' }])
    expect(requests[0]?.headers).not.toHaveProperty('content-type')
  })

  it('is none when the operation has none', async () => {
    const { requests } = await sentBy(
      { bodyParam: false, queryParams: ['kind'] },
      { id: '7', kind: 'a' },
    )
    expect(requests).toMatchObject([{ url: '/things/7?kind=a', body: '' }])
  })

  it('has the names of the API', async () => {
    const { requests } = await sentBy(
      { wireNames: { kind: 'kind-of-thing' } },
      { id: '7', kind: 'a' },
    )
    expect(requests).toMatchObject([{ body: '{"kind-of-thing":"a"}' }])
  })
})

describe('a query parameter with a name of the API', () => {
  it('is sent under it', async () => {
    const options = { method: 'GET', wireNames: { kind: 'filter[kind]' } }
    const { requests } = await sentBy(options, { id: '7', kind: 'a b' })
    expect(requests).toMatchObject([{ url: '/things/7?filter%5Bkind%5D=a+b' }])
  })

  it.each(['access_token', 'Token', '_method', 'client_id'])('cannot be sent as %s', (name) => {
    const options = { ...base, method: 'GET', wireNames: { kind: name } }
    expect(thrown(() => defineOperation(undefined, options))).toMatchObject({ name: 'ConfigError' })
  })
})

describe('an operation is refused', () => {
  it.each<[string, Partial<Options>]>([
    ['with a header that is no parameter', { headerParams: ['other'] }],
    ['with a header that is in the path', { headerParams: ['id'] }],
    ['with a header that is in the query', { headerParams: ['kind'], queryParams: ['kind'] }],
    ['with a body that is no parameter', { bodyParam: 'other' }],
    ['with a body in the path', { bodyParam: 'id' }],
    ['with a body for GET', { method: 'GET', bodyParam: 'kind' }],
    ['with a parameter that no body takes', { bodyParam: false }],
    ['with another name for no parameter', { wireNames: { other: 'x' } }],
    [
      'with two parameters of one name',
      {
        params: z.object({ id: z.string(), a: z.string(), b: z.string() }),
        wireNames: { a: 'b' },
      },
    ],
  ])('%s', (_what, options) => {
    const error = thrown(() => defineOperation(undefined, { ...base, ...options }))
    expect(error).toMatchObject({ name: 'ConfigError', hint: expect.stringMatching(/\w/) })
  })
})

describe('the default approval of an operation', () => {
  const defaultApproval: ApprovalRule = { message: 'By default?', approver: 'default@example.com' }

  async function askedBy(
    operation: Partial<Options>,
    ofResource?: ApprovalRule,
  ): Promise<readonly string[]> {
    const users = ['default', 'boss', 'approver'].map((name) => ({ email: `${name}@example.com` }))
    await using emulator = await testEmulator({ users })
    await using api = await startRecordingApi()
    emulator.control.scriptApproval('approve')
    const client = testClient(emulator, {
      ciba: { loginHint: 'approver@example.com' },
      clock: fastClock,
      resources: [
        {
          baseUrl: api.baseUrl,
          methods: ['GET', 'POST'],
          ...(ofResource && { approval: ofResource }),
        },
      ],
    })
    const tool = defineOperation(client, { ...base, defaultApproval, ...operation })
    expect(await tool.execute({ id: '7' })).toMatchObject({ ok: true })
    expect(tool.requiresApproval).toBe(emulator.control.approvals().length > 0)
    return emulator.control.approvals().map(({ user, bindingMessage }) => {
      return `${user} ${bindingMessage?.replace(/ \[.*/, '')}`
    })
  }

  it('is asked for where neither operation nor resource has a rule', async () => {
    expect(await askedBy({})).toEqual(['default@example.com By default?'])
  })

  it('gives way to the rule of the resource', async () => {
    const rule = { message: 'By the resource?', approver: 'boss@example.com' }
    expect(await askedBy({}, rule)).toEqual(['boss@example.com By the resource?'])
  })

  it('gives way to the rule of the operation', async () => {
    const rule = { message: 'By the operation?', approver: 'boss@example.com' }
    expect(await askedBy({ approval: rule })).toEqual(['boss@example.com By the operation?'])
  })

  it('is not for a safe method', async () => {
    expect(await askedBy({ method: 'GET' })).toEqual([])
  })
})
