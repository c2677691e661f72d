import { ConfigError } from '@authsec/core'
import { inProcessClient, inProcessEmulator, thrown } from '@authsec-internal/test-kit'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { createAuthSecMcpServer, createAuthSecMcpServerFactory } from '../src/index.ts'
import { connect2025, connect2026 } from './support/clients.ts'
import { record, records, releasedRecord } from './support/vault.ts'

const operations = [records, record]

function setUp(options: Parameters<typeof inProcessEmulator>[0] = {}) {
  const emulator = inProcessEmulator(options)
  const client = inProcessClient(emulator)
  return { emulator, client, factory: createAuthSecMcpServerFactory(client, { operations }) }
}

describe.each([
  ['2026-07-28', connect2026],
  ['2025-11-25', connect2025],
])('a client of %s', (_version, connect) => {
  it('finds every operation, the fetch tool and whoami, each with its schemas', async () => {
    await using near = await connect(setUp().factory)
    const { tools } = await near.client.listTools()
    const names = tools.map(({ name }) => name)
    expect(names).toEqual(['list_records', 'get_record', 'authsec_secure_fetch', 'authsec_whoami'])
    for (const { inputSchema, outputSchema, annotations } of tools) {
      expect(inputSchema).toMatchObject({ type: 'object', additionalProperties: false })
      expect(outputSchema).toMatchObject({ type: 'object', oneOf: [{}, {}] })
      expect(annotations).toMatchObject({ readOnlyHint: true, destructiveHint: false })
    }
    expect(tools[1]?.inputSchema).toMatchObject({
      properties: { id: { type: 'string', maxLength: 64 } },
      required: ['id'],
    })
  })

  it('receives data as structured content, and the same as text', async () => {
    await using near = await connect(setUp().factory)
    const result = await near.client.callTool({
      name: 'get_record',
      arguments: { id: 'rec-0001' },
    })
    expect(result.structuredContent).toMatchObject({
      ok: true,
      status: 200,
      data: { id: 'rec-0001', clearance: 'confidential' },
      untrusted: true,
    })
    expect(JSON.parse(textOf(result))).toEqual(result.structuredContent)
    expect(result.isError).toBe(false)
  })

  it.each<[string, Record<string, unknown>, string]>([
    ['get_record', { id: 5 }, 'invalid_input'],
    ['get_record', {}, 'invalid_input'],
    ['get_record', { id: 'rec-0001', url: 'https://evil.test' }, 'invalid_input'],
    ['get_record', { id: '..' }, 'endpoint_refused'],
    ['authsec_secure_fetch', { endpoint: 'https://evil.test/x' }, 'endpoint_refused'],
    ['authsec_secure_fetch', { endpoint: '../authsec/uflow' }, 'endpoint_refused'],
    ['authsec_secure_fetch', { endpoint: 'records', method: 'DELETE' }, 'invalid_input'],
    ['get_record', { id: 'rec-9999' }, 'not_found'],
  ])('calls %s with %j, which is refused with the code %s', async (name, args, code) => {
    await using near = await connect(setUp().factory)
    const result = await near.client.callTool({ name, arguments: args })
    expect(result.isError).toBe(true)
    expect(result.structuredContent).toMatchObject({ ok: false, code })
    expect(JSON.parse(textOf(result))).toEqual(result.structuredContent)
  })

  it('is refused a call that the delegation does not include, and no request is sent', async () => {
    const { emulator, factory } = setUp({ permissions: ['metrics:read'] })
    await using near = await connect(factory)
    const result = await near.client.callTool({ name: 'list_records', arguments: {} })
    expect(result.structuredContent).toMatchObject({ ok: false, code: 'permission_missing' })
    expect(emulator.requests.filter(({ path }) => path.includes('secure-vault'))).toEqual([])
  })

  it('is refused a record of a clearance that the token does not reach', async () => {
    await using near = await connect(setUp().factory)
    const list = await near.client.callTool({
      name: 'list_records',
      arguments: { clearance: 'restricted' },
    })
    expect(list.structuredContent).toMatchObject({ ok: true, data: { total: 0 } })
    const one = await near.client.callTool({ name: 'get_record', arguments: { id: 'rec-0006' } })
    expect(one.structuredContent).toMatchObject({ ok: false, code: 'insufficient_scope' })
  })

  it('receives the identity, but neither token nor client ID', async () => {
    const { emulator, factory } = setUp()
    await using near = await connect(factory)
    const result = await near.client.callTool({ name: 'authsec_whoami', arguments: {} })
    expect(result.structuredContent).toMatchObject({
      ok: true,
      subject: expect.stringMatching(/^spiffe:\/\/.+cid_[0-9a-f]{8}$/),
      permissions: ['metrics:read', 'records:read'],
      fingerprint: expect.stringMatching(/^tok_[0-9a-f]{8}$/),
      mode: 'live',
    })
    const everything = near.received.join('\n')
    expect(everything).not.toContain(emulator.clientId)
    expect(everything).not.toContain('eyJ')
  })

  it('receives a refusal of authsec_whoami when the delegation was revoked', async () => {
    const { emulator, factory } = setUp()
    emulator.control.revoke()
    await using near = await connect(factory)
    const result = await near.client.callTool({ name: 'authsec_whoami', arguments: {} })
    expect(result.isError).toBe(true)
    expect(result.structuredContent).toMatchObject({ ok: false, code: 'no_active_delegation' })
  })

  it('receives an error for a tool that does not exist', async () => {
    await using near = await connect(setUp().factory)
    await expect(near.client.callTool({ name: 'rm_rf', arguments: {} })).rejects.toThrow(
      /Tool rm_rf not found/,
    )
  })
})

describe('annotations', () => {
  it.each([
    ['GET', { readOnlyHint: true, destructiveHint: false, idempotentHint: true }],
    ['POST', { readOnlyHint: false, destructiveHint: true, idempotentHint: false }],
    ['PUT', { readOnlyHint: false, destructiveHint: true, idempotentHint: true }],
    ['PATCH', { readOnlyHint: false, destructiveHint: true, idempotentHint: false }],
    ['DELETE', { readOnlyHint: false, destructiveHint: true, idempotentHint: true }],
    ['delete', { readOnlyHint: false, destructiveHint: true, idempotentHint: true }],
  ])('follow from the method %s', async (method, hints) => {
    const resources = [{ baseUrl: 'https://api.test', methods: [method] }]
    const client = inProcessClient(inProcessEmulator(), { resources })
    const operation = { name: 'act', description: 'Acts.', method, path: 'x', params: z.object({}) }
    await using near = await connect2026(
      createAuthSecMcpServerFactory(client, { operations: [operation] }),
    )
    const { tools } = await near.client.listTools()
    expect(tools[0]?.annotations).toMatchObject(hints)
  })
})

describe('a server', () => {
  const client = inProcessClient(inProcessEmulator())

  it.each([
    ['two operations with one name', [record, record], /Two tools have the name get_record/],
    ['a reserved name', [{ ...record, name: 'authsec_whoami' }], /Two tools/],
    [
      'a name that models do not accept',
      [{ ...record, name: 'get record' }],
      /name get record is not allowed/,
    ],
    [
      'a path whose parameter is not declared',
      [{ ...record, path: 'x/{other}' }],
      /uses the parameter other/,
    ],
  ])('is not created with %s', (_what, operations, message) => {
    expect(thrown(() => createAuthSecMcpServer(client, { operations })).message).toMatch(message)
  })

  it('offers no fetch tool beside an operation that requires an approval', async () => {
    const factory = createAuthSecMcpServerFactory(client, { operations: [releasedRecord] })
    await using near = await connect2026(factory)
    const { tools } = await near.client.listTools()
    expect(tools.map(({ name }) => name)).toEqual(['release_record', 'authsec_whoami'])
  })

  it('offers no fetch tool for a resource that does not allow GET', async () => {
    const resources = [{ baseUrl: 'https://api.test', methods: ['POST'] }]
    const writer = inProcessClient(inProcessEmulator(), { resources })
    await using near = await connect2026(createAuthSecMcpServerFactory(writer))
    const { tools } = await near.client.listTools()
    expect(tools.map(({ name }) => name)).toEqual(['authsec_whoami'])
  })

  it('offers no fetch tool when the client has two resources', async () => {
    const two = inProcessClient(inProcessEmulator(), {
      resources: [
        { name: 'a', baseUrl: 'https://a.test/' },
        { name: 'b', baseUrl: 'https://b.test/' },
      ],
    })
    await using near = await connect2026(createAuthSecMcpServerFactory(two))
    const { tools } = await near.client.listTools()
    expect(tools.map(({ name }) => name)).toEqual(['authsec_whoami'])
  })
})

it('keeps the text of an unexpected error from the client', async () => {
  const client = inProcessClient(inProcessEmulator())
  const errors: Error[] = []
  const broken = {
    ...record,
    approval: {
      message: 'x',
      when: () => {
        throw new Error('internal detail: secret=hunter2')
      },
    },
  }
  await using near = await connect2026(
    createAuthSecMcpServerFactory(client, {
      operations: [broken],
      approvals: { mode: 'inline' },
      onError: (error) => void errors.push(error),
    }),
  )
  const result = await near.client.callTool({ name: 'get_record', arguments: { id: 'x' } })
  expect(result.structuredContent).toMatchObject({ ok: false, code: 'internal_error' })
  expect(near.received.join('')).not.toContain('hunter2')
  expect(errors.map(({ message }) => message)).toEqual(['internal detail: secret=hunter2'])
})

it('tells the operator of a mistake in the configuration, and not the model alone', async () => {
  const mistake = new ConfigError({
    code: 'config_invalid',
    message: 'The dispatcher cannot be used.',
    hint: 'Pass one that is open.',
  })
  const fetch = () => Promise.reject(mistake)
  const client = inProcessClient(inProcessEmulator(), { fetch })
  const errors: Error[] = []
  await using near = await connect2026(
    createAuthSecMcpServerFactory(client, {
      operations: [record],
      onError: (error) => void errors.push(error),
    }),
  )
  const result = await near.client.callTool({ name: 'get_record', arguments: { id: 'x' } })
  expect(result.structuredContent).toMatchObject({ ok: false, code: 'config_invalid' })
  expect(errors).toEqual([mistake])
})

function textOf(result: Readonly<Record<string, unknown>>): string {
  const [block] = result['content'] as { text: string }[]
  return block?.text ?? ''
}
