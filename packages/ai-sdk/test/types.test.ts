import type { AuthSecClient } from '@authsec/core'
import {
  convertToModelMessages,
  createUIMessageStream,
  generateText,
  stepCountIs,
  streamText,
  ToolLoopAgent,
  type ToolSet,
  type UIMessage,
} from 'ai'
import { MockLanguageModelV4 } from 'ai/test'
import * as six from 'ai-6'
import { expect, it } from 'vitest'
import { z } from 'zod'
import {
  type ApprovalData,
  authsecToolApproval,
  createApprovals,
  operationTool,
  secureFetchTool,
} from '../src/index.ts'

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
  // @ts-expect-error: params is a schema
  operationTool(client, { description: 'x', path: 'x', params: { id: 'string' } })
  // @ts-expect-error: a rule has a message
  authsecToolApproval(client, { record: {} })
  return tools
}

type Chat = UIMessage<unknown, { authsec: ApprovalData }>

/** A route handler, in AI SDK 7. */
export function handles(client: AuthSecClient, messages: Chat[]): ReadableStream<object> {
  const approvals = createApprovals(client, { user: 'user@example.com', chatId: 'c' })
  const tools = approvals.tools({ vault: secureFetchTool(client) })
  return createUIMessageStream<Chat>({
    originalMessages: messages,
    async execute({ writer }) {
      const settled = await approvals.settle(messages, { writer })
      settled.messages satisfies Chat[]
      const prompt = await convertToModelMessages(settled.messages, { tools })
      const result = streamText({ model: new MockLanguageModelV4(), tools, messages: prompt })
      writer.merge(result.toUIMessageStream<Chat>({ originalMessages: messages }))
      // @ts-expect-error: settle takes messages of the chat
      void approvals.settle(prompt, { writer })
    },
  })
}

/** The same in AI SDK 6. */
export function handlesSix(
  client: AuthSecClient,
  messages: six.UIMessage[],
): ReadableStream<object> {
  const approvals = createApprovals(client, { user: 'user@example.com', chatId: 'c' })
  const tools = approvals.tools({ vault: secureFetchTool(client) })
  return six.createUIMessageStream({
    originalMessages: messages,
    async execute({ writer }) {
      const settled = await approvals.settle(messages, { writer })
      const prompt = await six.convertToModelMessages(settled.messages, { tools })
      const result = six.streamText({ model: 'x/y', tools, messages: prompt })
      writer.merge(result.toUIMessageStream({ originalMessages: messages }))
    },
  })
}

it('the types of this file are checked by tsc', () => {
  for (const compiled of [fits, handles, handlesSix]) expect(compiled).toBeTypeOf('function')
})
