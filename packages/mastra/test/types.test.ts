import type { AuthSecClient } from '@authsec/core'
import { Agent } from '@mastra/core/agent'
import { createStep } from '@mastra/core/workflows'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { authsecBeforeToolCall, operationTool, secureFetchTool } from '../src/index.ts'
import { callsOnce } from './model.ts'

/** Checked by the compiler, never run: the tools fit Mastra without a cast, and mistakes do not. */
export function fits(client: AuthSecClient): Agent {
  const record = operationTool(client, {
    name: 'get_record',
    description: 'One record.',
    path: 'records/{id}',
    params: z.object({ id: z.string() }),
  })
  const tools = { vault: secureFetchTool(client), record }
  const { model } = callsOnce('vault', {})
  const hooks = { beforeToolCall: authsecBeforeToolCall(client, { tools }) }
  createStep(record)

  const context = {} as Parameters<NonNullable<typeof record.execute>>[1]
  void record.execute?.({ id: 'rec-0001' }, context)
  // @ts-expect-error: id is a string
  void record.execute?.({ id: 5 }, context)
  // @ts-expect-error: an endpoint is needed
  void tools.vault.execute?.({}, context)
  // @ts-expect-error: a Mastra tool has a name
  operationTool(client, { description: 'x', path: 'x', params: z.object({}) })
  // @ts-expect-error: a rule has a message
  authsecBeforeToolCall(client, { approvals: { record: {} } })
  return new Agent({ id: 'a', name: 'a', instructions: 'Go.', model, tools, hooks })
}

it('the types of this file are checked by tsc', () => {
  expect(fits).toBeTypeOf('function')
})
