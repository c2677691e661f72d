import type { AuthSecClient } from '@authsec/core'
import { generateText, stepCountIs, streamText, ToolLoopAgent, type ToolSet } from 'ai'
import { MockLanguageModelV4 } from 'ai/test'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { authsecToolApproval, operationTool, secureFetchTool } from '../src/index.ts'

/** Checked by the compiler, never run: the tools fit the SDK without a cast, and mistakes do not. */
export function fits(client: AuthSecClient): ToolSet {
  const model = new MockLanguageModelV4()
  const record = operationTool(client, {
    description: 'One record.',
    path: 'records/{id}',
    params: z.object({ id: z.string() }),
  })
  const tools = { vault: secureFetchTool(client), record }
  const toolApproval = authsecToolApproval(client, { record: { message: 'Show {id}?' } })
  const shared = { model, prompt: 'go', tools, stopWhen: stepCountIs(3), toolApproval }
  void generateText(shared).then(({ steps }) => {
    for (const call of steps.flatMap((step) => step.toolCalls)) {
      // The SDK infers input and output of each tool.
      if (!call.dynamic && call.toolName === 'record') call.input.id satisfies string
    }
    for (const result of steps.flatMap((step) => step.toolResults)) {
      if (!result.dynamic && result.output.ok) result.output.status satisfies number
    }
  })
  streamText(shared)
  new ToolLoopAgent({ model, tools, toolApproval })

  const call = { toolCallId: 'c1' }
  void record.execute({ id: 'rec-0001' }, call)
  // @ts-expect-error: id is a string
  void record.execute({ id: 5 }, call)
  // @ts-expect-error: there is no such parameter
  void record.execute({ name: 'x' }, call)
  // @ts-expect-error: an endpoint is needed
  void tools.vault.execute({}, call)
  // @ts-expect-error: the name is the key in `tools`
  secureFetchTool(client, { name: 'vault' })
  // @ts-expect-error: params is a zod object
  operationTool(client, { description: 'x', path: 'x', params: { id: 'string' } })
  // @ts-expect-error: a rule has a message
  authsecToolApproval(client, { record: {} })
  return tools
}

it('the types of this file are checked by tsc', () => {
  expect(fits).toBeTypeOf('function')
})
