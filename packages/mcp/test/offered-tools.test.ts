import { type AuthSecClientOptions, createAuthSecClient } from '@authsec/core'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { AuthSecMcpServerOptions, McpOperation } from '../src/server/server-options.ts'
import { defineTools, offeredTo } from '../src/server/server-tools.ts'

type Resources = NonNullable<AuthSecClientOptions['resources']>

const vault = { name: 'vault', baseUrl: 'https://vault.example.com/' }
const billing = { name: 'billing', baseUrl: 'https://billing.example.com/' }
const writable = { methods: ['GET', 'POST'] }

const operation = (name: string, more: Partial<McpOperation> = {}): McpOperation => ({
  name,
  description: name,
  path: name,
  params: z.object({}),
  ...more,
})

/** The names of the tools that an agent with these resources is offered, or the error. */
function toolsFor(resources: Resources, options: AuthSecMcpServerOptions): readonly string[] {
  const client = createAuthSecClient({
    baseUrl: 'https://auth.example.com',
    clientId: '6f2c1d0e-8a77-4f57-9a39-0c6f3e6f6f10',
    resources,
  })
  return defineTools(client, offeredTo(client, options)).map(({ tool }) => tool.name)
}

describe('an operation without a resource', () => {
  it.each<[string, Resources]>([
    ['the first allows it', [{ ...vault, ...writable }, billing]],
    ['the second allows it', [vault, { ...billing, ...writable }]],
    [
      'both allow it',
      [
        { ...vault, ...writable },
        { ...billing, ...writable },
      ],
    ],
    ['none allows it', [vault, billing]],
  ])('is told of an agent with two resources, when %s', (_what, resources) => {
    const operations = [operation('pay', { method: 'POST' })]
    expect(() => toolsFor(resources, { operations, secureFetch: false })).toThrow(
      /`resource` of the tool pay is needed/,
    )
  })

  it('is for the only resource, if that allows the method', () => {
    const operations = [operation('pay', { method: 'POST' }), operation('read')]
    const options = { operations, secureFetch: false } as const
    expect(toolsFor([vault], options)).toEqual(['read'])
    expect(toolsFor([{ ...vault, ...writable }], options)).toEqual(['pay', 'read'])
  })
})

describe('the tool that fetches any endpoint', () => {
  const approval = { message: 'Really?' }
  const FETCH = 'authsec_secure_fetch'

  it.each<[string, Partial<McpOperation>]>([
    ['for its method', { method: 'POST', approval }],
    ['for its resource', { resource: 'billing', approval }],
    ['for its method, with a default rule', { method: 'DELETE', defaultApproval: approval }],
    ['for a resource that nobody has', { resource: 'other', approval }],
  ])('is not offered by default beside an approval that is left out %s', (_what, more) => {
    const operations = [operation('del', more), operation('read')]
    expect(toolsFor([vault], { operations })).toEqual(['read'])
    const asked = { operations, secureFetch: {} }
    expect(toolsFor([vault], asked)).toEqual(['read', FETCH])
  })

  it('is offered by default where no operation requires an approval', () => {
    expect(toolsFor([vault], { operations: [operation('read')] })).toEqual(['read', FETCH])
    expect(toolsFor([vault], {})).toEqual([FETCH])
    expect(toolsFor([vault], { secureFetch: false })).toEqual([])
  })
})
