import type { AuthSecClient } from '@authsec/core'
import { fakeModel } from '@langchain/core/testing'
import { createAgent } from 'langchain'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { operationTool, secureFetchTool } from '../src/index.ts'

/** Checked by the compiler, never run: the tools fit `createAgent` without a cast, and mistakes do not. */
export function fits(client: AuthSecClient): unknown {
  const record = operationTool(client, {
    name: 'get_record',
    description: 'One record.',
    path: 'records/{id}',
    params: z.object({ id: z.string() }),
  })
  const vault = secureFetchTool(client)
  void record.invoke({ id: 'rec-0001' })
  // @ts-expect-error: id is a string
  void record.invoke({ id: 5 })
  // @ts-expect-error: an endpoint is needed
  void vault.invoke({})
  // @ts-expect-error: params is a schema
  operationTool(client, { name: 'x', description: 'x', path: 'x', params: { id: 'string' } })
  return createAgent({ model: fakeModel(), tools: [vault, record] })
}

it('the types of this file are checked by tsc', () => {
  expect(fits).toBeTypeOf('function')
})
