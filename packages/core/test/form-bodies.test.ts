import { createServer } from 'node:http'
import {
  inProcessClient,
  inProcessEmulator,
  startRecordingApi,
  testClient,
  testEmulator,
  thrown,
} from '@authsec-internal/test-kit'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { defineOperation, type OperationOptions } from '../src/tool.ts'

const base = {
  name: 'send',
  description: 'Sends.',
  path: 'things/{id}',
  method: 'POST',
} satisfies Partial<OperationOptions>

async function sentBy(options: Partial<OperationOptions>, input: object) {
  await using emulator = await testEmulator()
  await using api = await startRecordingApi()
  const client = testClient(emulator, {
    resources: [{ baseUrl: api.baseUrl, methods: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] }],
  })
  const params = z.object({ id: z.string() })
  const outcome = await defineOperation(client, { ...base, params, ...options }).execute(input)
  return { outcome, requests: api.requests, request: api.requests[0] }
}

/** The body as a platform reads it that is not ours. */
async function formOf(
  request: { headers: NodeJS.Dict<string | string[]>; body: string } | undefined,
) {
  const headers = { 'content-type': String(request?.headers['content-type']) }
  return [...(await new Response(request?.body, { headers }).formData())]
}

const params = z.object({
  id: z.string(),
  title: z.string(),
  count: z.number().optional(),
  isDone: z.boolean().nullable().optional(),
  tags: z.array(z.string()).optional(),
})

describe.each(['form', 'multipart'] as const)('a body that is written as %s', (bodyType) => {
  it('has the fields, repeats the name for a list, and leaves out null', async () => {
    const input = { id: '7', title: 'a&b=c\r\nd é"', count: 2, isDone: null, tags: ['x', 'y&z'] }
    const { request } = await sentBy({ params, bodyType }, input)
    expect(await formOf(request)).toEqual([
      ['title', 'a&b=c\r\nd é"'],
      ['count', '2'],
      ['tags', 'x'],
      ['tags', 'y&z'],
    ])
    expect(request?.url).toBe('/things/7')
    expect(request?.headers['content-type']).toMatch(
      bodyType === 'form'
        ? /^application\/x-www-form-urlencoded$/
        : /^multipart\/form-data; boundary=authsec-[\da-f]{48}$/,
    )
  })

  it('has the names that the API has', async () => {
    const { request } = await sentBy(
      { params, bodyType, wireNames: { title: 'item[title]' } },
      { id: '7', title: 'x' },
    )
    expect(await formOf(request)).toEqual([['item[title]', 'x']])
  })

  it('may be empty', async () => {
    const { request, outcome } = await sentBy({ bodyType }, { id: '7' })
    expect(outcome).toMatchObject({ ok: true })
    expect(request?.body).toMatch(bodyType === 'form' ? /^$/ : /^--authsec-[\da-f]{48}--\r\n$/)
  })

  it.each<[string, z.ZodType]>([
    ['an object', z.object({ a: z.string() })],
    ['an optional object', z.object({ a: z.string() }).optional()],
    ['a list of objects', z.array(z.object({ a: z.string() }))],
    ['a list of lists', z.array(z.array(z.string()))],
    ['a record', z.record(z.string(), z.string())],
    ['a tuple', z.tuple([z.string(), z.object({ a: z.string() })])],
    ['a text or an object', z.union([z.string(), z.object({ a: z.string() })])],
  ])('is refused with %s, where the operation is defined', (_what, type) => {
    const options = { ...base, params: z.object({ id: z.string(), x: type }), bodyType }
    expect(thrown(() => defineOperation(undefined, options))).toMatchObject({
      name: 'ConfigError',
      message: expect.stringContaining('The parameter x of the operation send'),
    })
  })

  it.each<[string, unknown]>([
    ['an object', { a: 1 }],
    ['a list of objects', [{ a: 1 }]],
    ['a list of lists', [['a']]],
    ['half of a character', '\ud800'],
  ])('is not sent with %s where the schema did not tell', async (_what, x) => {
    const options = { params: z.object({ id: z.string(), x: z.unknown() }), bodyType }
    const { outcome, requests } = await sentBy(options, { id: '7', x })
    expect(outcome).toMatchObject({ ok: false, code: 'body_unsupported' })
    expect(requests).toEqual([])
  })

  it.each([
    ...[
      'access_token',
      '_method',
      '_METHOD',
      '_charset_',
      'a"; filename="x',
      'a\r\nContent-Type: x',
    ],
    ...['a\u0000', 'a\\', 'x'.repeat(201), '\ud800', 'a\u2028b'],
  ])('has no field with the name %j', (name) => {
    const options = { ...base, params, bodyType, wireNames: { title: name } }
    expect(thrown(() => defineOperation(undefined, options))).toMatchObject({ name: 'ConfigError' })
  })

  it.each<[string, Partial<OperationOptions>]>([
    ['GET', { method: 'GET' }],
    ['DELETE', { method: 'DELETE' }],
    [
      'a parameter that is the whole body',
      { bodyParam: 'title', queryParams: ['count', 'isDone', 'tags'] },
    ],
    ['no body', { bodyParam: false, queryParams: ['title', 'count', 'isDone', 'tags'] }],
  ])('is refused for %s', (_what, more) => {
    const options = { ...base, params, bodyType, ...more }
    expect(thrown(() => defineOperation(undefined, options))).toMatchObject({ name: 'ConfigError' })
  })

  it('is at most 256 KiB', async () => {
    const title = 'x'.repeat(262_144)
    const { outcome, requests } = await sentBy({ params, bodyType }, { id: '7', title })
    expect(outcome).toMatchObject({ ok: false, code: 'request_too_large' })
    expect(requests).toEqual([])
  })
})

describe('a file in a multipart body', () => {
  const withFile = {
    params: z.object({
      id: z.string(),
      document: z.string().optional(),
      note: z.string().optional(),
    }),
    bodyType: 'multipart',
    files: { document: { filename: 'über den.csv', contentType: 'text/csv' } },
  } satisfies Partial<OperationOptions>

  it('has the name and the type of the developer, and the content of the model', async () => {
    const document = 'a;b\r\n1;"2"\r\n--authsec-'
    const { request } = await sentBy(withFile, { id: '7', document, note: 'x' })
    const [[name, file] = [], note] = await formOf(request)
    expect([name, note]).toEqual(['document', ['note', 'x']])
    expect(file).toMatchObject({ name: 'über den.csv', type: 'text/csv' })
    expect(await (file as File).text()).toBe(document)
  })

  it('is bytes where the model writes base64', async () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, code) => code)
    const received: Buffer[] = []
    const server = createServer((request, response) => {
      request.on('data', (piece: Buffer) => received.push(piece))
      request.on('end', () => response.setHeader('content-type', 'application/json').end('{}'))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as { port: number }
    await using emulator = await testEmulator()
    const resources = [{ baseUrl: `http://127.0.0.1:${port}`, methods: ['POST'] }]
    const file = { filename: 'a.bin', contentType: 'application/octet-stream', encoding: 'base64' }
    const outcome = await defineOperation(testClient(emulator, { resources }), {
      ...base,
      ...withFile,
      files: { document: file as never },
    }).execute({ id: '7', document: Buffer.from(bytes).toString('base64') })
    server.closeAllConnections()
    server.close()
    expect(outcome).toMatchObject({ ok: true })
    expect(Buffer.concat(received).includes(Buffer.from(bytes))).toBe(true)
  })

  it.each(['a', 'YQ', 'YQ==\n', 'YQ== ', 'Y Q=', 'YQ===', '-_-_', 'é'])(
    'is not sent when %j stands for base64',
    async (document) => {
      const files = {
        document: { filename: 'a', contentType: 'text/plain', encoding: 'base64' as const },
      }
      const { outcome, requests } = await sentBy({ ...withFile, files }, { id: '7', document })
      expect(outcome).toMatchObject({ ok: false, code: 'body_unsupported' })
      expect(requests).toEqual([])
    },
  )

  it('cannot end its part, or begin another', async () => {
    const guesses = ['', '--', '--authsec-', `--authsec-${'0'.repeat(48)}--`]
    for (const guess of guesses) {
      const document = `x\r\n${guess}\r\nContent-Disposition: form-data; name="admin"\r\n\r\ntrue\r\n`
      const { request } = await sentBy(withFile, { id: '7', document })
      expect((await formOf(request)).map(([name]) => name)).toEqual(['document'])
    }
  })

  it('has another boundary each time', async () => {
    const types = new Set<unknown>()
    for (let time = 0; time < 3; time++) {
      const { request } = await sentBy(withFile, { id: '7', document: 'x' })
      types.add(request?.headers['content-type'])
    }
    expect(types.size).toBe(3)
  })

  it.each<[string, Partial<OperationOptions>]>([
    ['a quote in its name', { files: { document: { filename: 'a"b', contentType: 'text/csv' } } }],
    [
      'a line break in its name',
      { files: { document: { filename: 'a\r\nb', contentType: 'text/csv' } } },
    ],
    ['no name', { files: { document: { filename: '', contentType: 'text/csv' } } }],
    ['a type that is none', { files: { document: { filename: 'a', contentType: 'csv' } } }],
    [
      'a line break in its type',
      { files: { document: { filename: 'a', contentType: 'text/csv\r\nx: y' } } },
    ],
    [
      'an unknown encoding',
      { files: { document: { filename: 'a', contentType: 'text/csv', encoding: 'hex' as never } } },
    ],
    [
      'an option that is misspelt',
      { files: { document: { fileName: 'a', contentType: 'text/csv' } as never } },
    ],
    ['no parameter', { files: { other: { filename: 'a', contentType: 'text/csv' } } }],
    ['a parameter of the path', { files: { id: { filename: 'a', contentType: 'text/csv' } } }],
    ['a number as content', { params: z.object({ id: z.string(), document: z.number() }) }],
    ['a form that has no files', { bodyType: 'form' }],
    ['JSON', { bodyType: 'json' }],
    ['the default', { bodyType: undefined }],
  ])('is refused with %s', (_what, more) => {
    const options = { ...base, ...withFile, ...more }
    expect(thrown(() => defineOperation(undefined, options))).toMatchObject({ name: 'ConfigError' })
  })
})

describe('base64 of a model', () => {
  const options = {
    params: z.object({ id: z.string(), file: z.string() }),
    bodyType: 'multipart',
    files: { file: { filename: 'a.bin', contentType: 'a/b', encoding: 'base64' } },
  } satisfies Partial<OperationOptions>

  it.each([
    ['long', 'QUJD'.repeat(10_000_000)],
    ['long and padded', `${'QUJD'.repeat(10_000_000)}QQ==`],
    ['just too long', 'QUJD'.repeat(90_000)],
  ])('that is %s is refused as any large body', async (_what, file) => {
    const { outcome, requests } = await sentBy(options, { id: '7', file })
    expect(outcome).toMatchObject({ ok: false, code: 'request_too_large' })
    expect(requests).toEqual([])
  })

  it.each(['QQ', 'QQ=', 'QQ===', 'Q===', '====', '=QQQ', 'QQ=Q', 'QQ==QQ==', 'QUJ-', 'QUJD\n'])(
    'that is %j is refused',
    async (file) => {
      const { outcome } = await sentBy(options, { id: '7', file })
      expect(outcome).toMatchObject({ ok: false, code: 'body_unsupported' })
    },
  )

  it.each(['', 'QQ==', 'QUI=', 'QUJD', 'QUJDQQ=='])('that is %j is sent', async (file) => {
    const { outcome } = await sentBy(options, { id: '7', file })
    expect(outcome).toMatchObject({ ok: true })
  })
})

describe('an approval of a form', () => {
  const approval = { approver: 'approver@example.com', message: 'Send {title}?' }
  const vault = { baseUrl: 'https://emulator.test/secure-vault/', methods: ['POST'] }
  const input = { id: '7', title: 'x' }
  const files = { title: { filename: 'a.csv', contentType: 'text/csv' } }

  async function approvedBy(
    options: Partial<OperationOptions>,
    other: Partial<OperationOptions>,
    later = input,
  ) {
    const emulator = inProcessEmulator()
    const client = inProcessClient(emulator, { resources: [vault] })
    const of = (more: Partial<OperationOptions>) =>
      defineOperation(client, { ...base, path: 'records/{id}', params, approval, ...more })
    const question = await of(options).ask(input)
    if (question.status !== 'asked') throw new Error(question.status)
    emulator.control.approve()
    const approved = await client.sealApproval(question.pending)
    const outcome = await of(other).execute(later, { approved })
    const sent = emulator.requests.filter(({ path }) => path.startsWith('/secure-vault/'))
    return { outcome, sent }
  }

  it.each<[string, Partial<OperationOptions>]>([
    ['form', { bodyType: 'form' }],
    ['multipart', { bodyType: 'multipart' }],
    ['multipart with a file', { bodyType: 'multipart', files }],
  ])('is for its fields, not for the boundary (%s)', async (_what, options) => {
    const { outcome, sent } = await approvedBy(options, options)
    expect(outcome).not.toMatchObject({ code: 'approval_mismatch' })
    expect(sent).toHaveLength(1)
  })

  it.each<
    [string, Partial<OperationOptions>, Partial<OperationOptions>, { id: string; title: string }?]
  >([
    ['other fields', { bodyType: 'multipart' }, { bodyType: 'multipart' }, { id: '7', title: 'y' }],
    ['other fields of a form', { bodyType: 'form' }, { bodyType: 'form' }, { id: '7', title: 'y' }],
    ['another type', { bodyType: 'form' }, { bodyType: 'multipart' }],
    ['JSON', { bodyType: 'form' }, {}],
    ['a file in place of a field', { bodyType: 'multipart' }, { bodyType: 'multipart', files }],
    [
      'another file name',
      { bodyType: 'multipart', files },
      { bodyType: 'multipart', files: { title: { ...files.title, filename: 'b.exe' } } },
    ],
    [
      'another type of file',
      { bodyType: 'multipart', files },
      { bodyType: 'multipart', files: { title: { ...files.title, contentType: 'text/html' } } },
    ],
    ['other names', { bodyType: 'form' }, { bodyType: 'form', wireNames: { title: 'name' } }],
  ])('is not used for %s', async (_what, options, other, later) => {
    const { outcome, sent } = await approvedBy(options, other, later)
    expect(outcome).toMatchObject({ ok: false, code: 'approval_mismatch' })
    expect(sent).toEqual([])
  })
})

describe('a form with a key for each call', () => {
  it('is sent again as it was', async () => {
    await using emulator = await testEmulator()
    let count = 0
    await using api = await startRecordingApi((response) => {
      count += 1
      response.writeHead(count === 1 ? 503 : 200, { 'content-type': 'application/json' }).end('{}')
    })
    const client = testClient(emulator, {
      resources: [{ baseUrl: api.baseUrl, methods: ['POST'] }],
    })
    const options = { ...base, params, bodyType: 'multipart', idempotencyKey: true } as const
    await defineOperation(client, options).execute({ id: '7', title: 'x' })
    expect(api.requests).toHaveLength(2)
    expect(api.requests[1]?.body).toBe(api.requests[0]?.body)
    expect(api.requests[1]?.headers['content-type']).toBe(api.requests[0]?.headers['content-type'])
  })
})
