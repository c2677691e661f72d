import {
  echoBodies,
  findEcho,
  inProcessClient,
  inProcessEmulator,
  sendJson,
  startRecordingApi,
  startServer,
  testClient,
  testEmulator,
  thrown,
  watch,
} from '@authsec-internal/test-kit'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { outcomeText } from '../src/adapter.ts'
import { type AuthSecEvent, createAuthSecClient, type ResourceOptions } from '../src/index.ts'
import { defineOperation, type OperationOptions } from '../src/tool.ts'

type Options = OperationOptions<z.ZodObject<z.ZodRawShape>>

const operation: Options = {
  name: 'pay',
  description: 'Pays.',
  path: 'payments',
  method: 'POST',
  params: z.object({ amount: z.number(), note: z.string().optional() }),
}

const METHODS = ['GET', 'POST']
const API_KEY = 'sk_live_51HxYz0aQw9Er8Ty7Ui6'

/** What an API receives of one call of the operation, and of one of `client.fetch`. */
async function sentWith(
  resource: Partial<ResourceOptions>,
  options: Partial<Options> = {},
  init: RequestInit = {},
) {
  await using api = await startRecordingApi()
  await using emulator = await testEmulator()
  const resources = [{ baseUrl: api.baseUrl, methods: METHODS, ...resource }]
  const client = testClient(emulator, { resources })
  const tool = defineOperation(client, { ...operation, ...options })
  const outcome = await tool.execute({ amount: 5, note: 'x' })
  await client.fetch(`${api.baseUrl}/x`, init)
  const [byTool, byFetch] = outcome.ok ? api.requests : [undefined, ...api.requests]
  return { outcome, byTool: byTool?.headers, byFetch: byFetch?.headers }
}

const STRIPE = { 'Stripe-Version': '2026-01-01' }

const MISTAKE = { name: 'ConfigError', code: 'config_invalid' }

describe('headers of a resource', () => {
  it('are sent with every call of it', async () => {
    const { byTool, byFetch } = await sentWith({ headers: { ...STRIPE, 'x-api-key': API_KEY } })
    const expected = { 'stripe-version': '2026-01-01', 'x-api-key': API_KEY }
    expect(byTool).toMatchObject({ ...expected, authorization: expect.stringMatching(/^Bearer /) })
    expect(byFetch).toMatchObject(expected)
  })

  it('give way to those of an operation and of the program, in any case', async () => {
    const { byTool, byFetch } = await sentWith(
      { headers: STRIPE },
      { headers: { 'STRIPE-VERSION': '2027-01-01', 'x-more': '1' } },
      { headers: { 'stripe-version': '2028-01-01' } },
    )
    expect(byTool).toMatchObject({ 'stripe-version': '2027-01-01', 'x-more': '1' })
    expect(byFetch).toMatchObject({ 'stripe-version': '2028-01-01' })
    expect(byFetch).not.toHaveProperty('x-more')
  })

  it('go to no other resource', async () => {
    await using one = await startRecordingApi()
    await using other = await startRecordingApi()
    await using emulator = await testEmulator()
    const client = testClient(emulator, {
      resources: [
        { name: 'one', baseUrl: one.baseUrl, headers: { 'x-api-key': API_KEY } },
        { name: 'other', baseUrl: other.baseUrl },
      ],
    })
    await client.secureFetch({ resource: 'other', endpoint: 'x' })
    await client.fetch(`${other.baseUrl}/x`)
    for (const { headers } of other.requests) expect(headers).not.toHaveProperty('x-api-key')
    expect(other.requests).toHaveLength(2)
  })

  it('follow a redirect within the resource, and none beyond it', async () => {
    await using elsewhere = await startRecordingApi()
    const targets = ['/b', `${elsewhere.baseUrl}/c`]
    await using api = await startRecordingApi((response) => {
      const location = targets.shift()
      sendJson({}, location ? 307 : 200, location ? { location } : {})(response)
    })
    await using emulator = await testEmulator()
    const headers = { 'x-api-key': API_KEY }
    const resources = [{ baseUrl: api.baseUrl, sameOriginRedirects: 3, headers }]
    await testClient(emulator, { resources })
      .secureFetch({ endpoint: 'a' })
      .catch(() => undefined)
    expect(api.requests.map((request) => request.headers['x-api-key'])).toEqual([API_KEY, API_KEY])
    expect(elsewhere.requests).toEqual([])
  })

  it('are not replaced by a header of the model', async () => {
    const chosen = { headerParams: ['note'], wireNames: { note: 'x-mark' } }
    await expect(sentWith({ headers: { 'X-Mark': 'mine' } }, chosen)).rejects.toMatchObject(MISTAKE)
  })
})

const REFUSED: readonly [what: string, headers: object][] = [
  ...[
    'Authorization',
    'authorization',
    'COOKIE',
    'Host',
    'Content-Length',
    'Transfer-Encoding',
  ].map((name) => [name, { [name]: API_KEY }] as [string, object]),
  ...['Content-Type', 'Accept', 'User-Agent', 'Idempotency-Key', 'traceparent', 'baggage'].map(
    (name) => [name, { [name]: API_KEY }] as [string, object],
  ),
  ...['Proxy-Authorization', 'X-Forwarded-For', 'X-HTTP-Method-Override', 'Sec-Fetch-Site'].map(
    (name) => [name, { [name]: API_KEY }] as [string, object],
  ),
  ['a line break in the value', { 'x-a': `${API_KEY}\r\nx-injected: 1` }],
  ['a line break at its end', { 'x-a': `${API_KEY}\n` }],
  ['a NUL', { 'x-a': `${API_KEY}\u0000` }],
  ['a letter beyond ASCII', { 'x-a': `${API_KEY}é` }],
  ['a space at its end', { 'x-a': `${API_KEY} ` }],
  ['an empty value', { 'x-a': '' }],
  ['a number', { 'x-a': 7 }],
  ['a list', { 'x-a': [API_KEY] }],
  ['undefined', { 'x-a': undefined }],
  ['a long value', { 'x-a': API_KEY.repeat(400) }],
  ['a name with a line break', { [`x-a\r\n${API_KEY}`]: '1' }],
  ['a name with a space', { 'x a': '1' }],
  ['a colon in the name', { ':authority': API_KEY }],
  ['a name twice', { 'x-a': API_KEY, 'X-A': API_KEY }],
  ['__proto__', JSON.parse(`{ "__proto__": "${API_KEY}" }`)],
  ['33 headers', Object.fromEntries(Array.from({ length: 33 }, (_, n) => [`x-${n}`, API_KEY]))],
  ['a list of pairs', [['x-a', API_KEY]]],
  ['a list of texts', [API_KEY]],
  ['Headers', new Headers({ 'x-api-key': API_KEY })],
  ['a Map', new Map([['x-api-key', API_KEY]])],
  ['URLSearchParams', new URLSearchParams({ 'x-api-key': API_KEY })],
  [
    'an object with getters of a class',
    new (class {
      readonly key = API_KEY
    })(),
  ],
]

describe.each([
  [
    'a resource',
    (headers: object) =>
      createAuthSecClient({
        baseUrl: 'https://authsec.example.com',
        clientId: crypto.randomUUID(),
        resources: [{ baseUrl: 'https://api.example.com', headers: headers as never }],
      }),
  ],
  [
    'an operation',
    (headers: object) => defineOperation(undefined, { ...operation, headers: headers as never }),
  ],
])('headers of %s', (_what, create) => {
  it.each(REFUSED)('refuse %s, and repeat no value', (_name, headers) => {
    const error = thrown(() => create(headers))
    expect(error).toMatchObject({ name: 'ConfigError', code: 'config_invalid' })
    expect(`${error.message} ${String(Reflect.get(error, 'hint'))}`).not.toContain(API_KEY)
  })

  it('accept what else there is', () => {
    expect(() =>
      create({ 'x-api-key': API_KEY, 'Stripe-Version': '1', 'x-b': 'a b\tc' }),
    ).not.toThrow()
    expect(() => create({})).not.toThrow()
  })
})

describe('a header that is set already', () => {
  it.each([
    ['an operation', { headers: { 'X-Mark': '1' } }],
    ['an operation, in other letters', { headers: { 'x-MARK': '1' } }],
    ['the key of the call', { idempotencyKey: 'x-mark' }],
  ])('by %s cannot be a parameter', (_what, options) => {
    const chosen = { headerParams: ['note'], wireNames: { note: 'x-mark' } }
    const error = thrown(() => defineOperation(undefined, { ...operation, ...chosen, ...options }))
    expect(error).toMatchObject({ name: 'ConfigError' })
  })

  it('by `callIdHeader` is no header of the resource, and none of an operation', async () => {
    const headers = { 'X-AuthSec-Call-Id': 'mine' }
    await expect(sentWith({ callIdHeader: true, headers })).rejects.toMatchObject({
      name: 'ConfigError',
    })
    await expect(sentWith({ callIdHeader: true }, { headers })).rejects.toMatchObject(MISTAKE)
  })
})

describe('two that set one header', () => {
  const headers = { 'X-Mark': 'mine' }
  it.each<[string, Partial<ResourceOptions>, Partial<Options>]>([
    ['the resource and a key', { headers }, { idempotencyKey: 'x-mark' }],
    ['the resource and a key, in other letters', { headers }, { idempotencyKey: 'X-MARK' }],
    ['`callIdHeader` and a key', { callIdHeader: 'x-mark' }, { idempotencyKey: 'X-Mark' }],
    [
      '`callIdHeader` and a parameter',
      { callIdHeader: 'x-mark' },
      { headerParams: ['note'], wireNames: { note: 'X-Mark' } },
    ],
  ])('(%s) are a mistake of the program', async (_who, resource, options) => {
    await expect(sentWith(resource, options)).rejects.toMatchObject(MISTAKE)
  })

  it('(an operation and its key) are refused where it is defined', () => {
    for (const idempotencyKey of ['x-mark', 'X-MARK', 'X-Mark']) {
      const options = { ...operation, headers, idempotencyKey }
      expect(thrown(() => defineOperation(undefined, options))).toMatchObject(MISTAKE)
    }
  })

  it('(with names of their own) work', async () => {
    const resource = { headers: { 'x-a': '1' }, callIdHeader: 'x-b' }
    const options = { headers: { 'x-c': '1' }, idempotencyKey: 'x-d', headerParams: ['note'] }
    const { outcome } = await sentWith(resource, { ...options, wireNames: { note: 'x-e' } })
    expect(outcome).toMatchObject({ ok: true })
  })
})

describe('the value of a header that is a credential', () => {
  const secrets = [
    ['letters and digits', API_KEY],
    ['signs of base64', 'Zm9vL2Jhci9iYXorcXV4L3F1dXgrYWJjZA=='],
    ['other signs', 'k!1@2#3$4^5*6(7)8_9+0{1}2[3]4'],
    ['a scheme', `Key ${API_KEY}`],
  ] as const

  it.each(secrets)('is in no event, error, plan or outcome (%s)', async (_what, value) => {
    const events: AuthSecEvent[] = []
    await using emulator = await testEmulator()
    await using api = await startServer((request, response) => {
      response.writeHead(400, {
        'content-type': 'application/json',
        'x-request-id': String(request.headers['x-api-key']),
      })
      response.end(JSON.stringify({ error: `bad key ${request.headers['x-api-key']}` }))
    })
    const client = testClient(emulator, {
      resources: [{ baseUrl: api.baseUrl, methods: METHODS, headers: { 'x-api-key': value } }],
      ciba: { loginHint: 'approver@example.com' },
      onEvent: (event) => events.push(event),
    })
    const outcome = await defineOperation(client, operation).execute({ amount: 1 })
    const response = await client.secureFetch({ endpoint: 'x' })
    const streamed = await client.fetch(`${api.baseUrl}/x`)
    const plan = await defineOperation(client, {
      ...operation,
      approval: { message: 'Pay?' },
    }).plan({ amount: 1 })
    const seen = JSON.stringify([outcome, response, await streamed.text(), plan, events])
    expect(seen).toContain('[REDACTED]')
    expect(seen).not.toContain(value)
    for (const name of streamed.headers.values()) expect(name).not.toContain(value)
    watch('everything that was seen', [outcome, response, plan, events])
  })

  it('is not removed when it is shorter than 16 characters', async () => {
    await using emulator = await testEmulator()
    await using api = await startRecordingApi(sendJson({ note: 'in 2026-01-01' }))
    const headers = { 'x-api-key': '2026-01-01' }
    const client = testClient(emulator, { resources: [{ baseUrl: api.baseUrl, headers }] })
    const { data } = await client.secureFetch({ endpoint: 'x' })
    expect(data).toEqual({ note: 'in 2026-01-01' })
  })

  it('leaves data alone that only resembles it', async () => {
    await using emulator = await testEmulator()
    const data = { one: API_KEY.slice(0, 15), other: API_KEY.split('').reverse().join('') }
    await using api = await startRecordingApi(sendJson(data))
    const headers = { 'x-api-key': API_KEY }
    const client = testClient(emulator, { resources: [{ baseUrl: api.baseUrl, headers }] })
    const response = await client.secureFetch({ endpoint: 'x' })
    expect(response).toMatchObject({ data, redacted: false })
  })
})

describe.each(echoBodies)('a credential that the API echoes %s', (_how, write) => {
  it('is in no tool result and no response', async () => {
    await using emulator = await testEmulator()
    await using api = await startServer((request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' })
      response.end(write(String(request.headers['x-api-key'])))
    })
    const key = `${API_KEY}${API_KEY.split('').reverse().join('')}`
    const headers = { 'x-api-key': key }
    const client = testClient(emulator, {
      resources: [{ baseUrl: api.baseUrl, methods: METHODS, headers }],
    })
    const outcome = await defineOperation(client, operation).execute({ amount: 1 })
    expect(outcome.ok).toBe(true)
    expect(findEcho(outcomeText(outcome), key)).toBeUndefined()
    const response = await client.secureFetch({ endpoint: 'x' })
    expect(response.redacted).toBe(true)
    expect(findEcho(response.text, key)).toBeUndefined()
  })
})

describe('an approval of a call with fixed headers', () => {
  const approval = { approver: 'approver@example.com', message: 'Pay {amount}?' }
  const vault = { baseUrl: 'https://emulator.test/secure-vault/', methods: METHODS }

  async function digestWith(resource: Partial<ResourceOptions>, options: Partial<Options> = {}) {
    const emulator = inProcessEmulator()
    const clientId = emulator.clientId
    const client = inProcessClient(emulator, { clientId, resources: [{ ...vault, ...resource }] })
    const plan = await defineOperation(client, { ...operation, ...options, approval }).plan({
      amount: 5,
    })
    if (plan.status !== 'needs_approval') throw new Error(plan.status)
    return { action: plan.approval.question.action, text: JSON.stringify(plan) }
  }

  it('is for these headers, whatever the case of their names', async () => {
    const digests = [
      await digestWith({ headers: STRIPE }),
      await digestWith({}, { headers: { 'stripe-version': '2026-01-01' } }),
      await digestWith({ headers: { 'stripe-version': '1' } }, { headers: STRIPE }),
    ]
    for (const { action } of digests) expect(action).toEqual(digests[0]?.action)
    const others = [
      await digestWith({ headers: { 'Stripe-Version': '2026-01-02' } }),
      await digestWith({ headers: { ...STRIPE, 'x-more': '1' } }),
      await digestWith({}),
    ]
    for (const { action } of others) expect(action).not.toEqual(digests[0]?.action)
  })

  it('has the digest that it had before where there are none', async () => {
    const { action } = await digestWith({ headers: {} }, { headers: {} })
    expect(Object.keys(Object(action))).toEqual(['origin', 'method', 'path', 'body'])
  })

  it('shows none of their values', async () => {
    const { text } = await digestWith({ headers: { 'x-api-key': API_KEY } }, { headers: STRIPE })
    expect(text).not.toContain(API_KEY)
    expect(text).not.toContain('2026-01-01')
  })

  it('is not used for a call with other headers', async () => {
    const emulator = inProcessEmulator()
    const client = inProcessClient(emulator, { resources: [vault] })
    const of = (headers: Record<string, string>) =>
      defineOperation(client, { ...operation, path: 'metrics', approval, headers })
    const question = await of(STRIPE).ask({ amount: 5 })
    if (question.status !== 'asked') throw new Error(question.status)
    emulator.control.approve()
    const approved = await client.sealApproval(question.pending)
    for (const headers of [{}, { 'Stripe-Version': '1' }, { ...STRIPE, 'x-more': '1' }]) {
      const outcome = await of(headers).execute({ amount: 5 }, { approved })
      expect(outcome).toMatchObject({ ok: false, code: 'approval_mismatch' })
    }
  })
})
