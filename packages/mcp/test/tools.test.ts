import { inProcessClient, inProcessEmulator } from '@authsec-internal/test-kit'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { createAuthSecMcpServerFactory, type McpOperation } from '../src/index.ts'
import { connect2025, connect2026 } from './support/clients.ts'

const operations: McpOperation[] = [
  {
    name: 'list_records',
    description: 'Lists the records.',
    path: 'records',
    params: z.object({ clearance: z.enum(['internal', 'restricted']).optional() }),
    permission: 'records:read',
  },
  {
    name: 'get_record',
    description: 'One record.',
    path: 'records/{id}',
    params: z.object({ id: z.string() }),
  },
]

describe.each([
  ['2026-07-28', connect2026],
  ['2025-11-25', connect2025],
])('a client of %s', (_version, connect) => {
  it('finds the tools with schemas and annotations', async () => {
    const emulator = inProcessEmulator()
    await using near = await connect(
      createAuthSecMcpServerFactory(inProcessClient(emulator), { operations }),
    )
    const { tools } = await near.client.listTools()
    console.log(JSON.stringify(tools, null, 1))
    expect(tools.map(({ name }) => name)).toEqual([
      'list_records',
      'get_record',
      'authsec_secure_fetch',
      'authsec_whoami',
    ])
    const r = await near.client.callTool({ name: 'get_record', arguments: { id: 'rec-0001' } })
    console.log(JSON.stringify(r))
    console.log(
      JSON.stringify(
        await near.client.callTool({ name: 'get_record', arguments: { id: 5, x: 1 } }),
      ),
    )
    console.log(
      JSON.stringify(await near.client.callTool({ name: 'authsec_whoami', arguments: {} })),
    )
    console.log(near.received[0])
  })
})
