import type { AuthSecClient } from '@authsec/core'
import { type ApprovalsOptions, type ClientOf, createApprovals } from '../../src/index.ts'
import type { ScriptedModel } from './scripted-model.ts'
import type { Message, Part, Version } from './sdks.ts'

/** What a route handler has beside the request. */
export interface Server extends Partial<ApprovalsOptions> {
  readonly client: AuthSecClient | ClientOf
  readonly tools: object
  /** The context of the run, of `experimental_context` or of each tool. */
  readonly context?: object
  readonly script: ScriptedModel
  readonly version: Version
  /** Looks for secrets. Programs of their own cannot load the test kit. */
  readonly watch?: (where: string, value: unknown) => void
  /** A handler that forgot `settle`. */
  readonly isUnsettled?: boolean
}

/** A route handler as the README shows it: nothing is kept between two requests. */
export function respond(messages: Message[], server: Server): ReadableStream<object> {
  const { client, version, script, isUnsettled, watch: _, tools: plain, context, ...rest } = server
  const { sdk } = version
  const { user = 'user@example.com', chatId = 'chat-1', rules, seal, onError } = rest
  const approvals = createApprovals(client, { user, chatId, rules, seal, onError })
  const tools = approvals.tools(plain)
  return sdk.createUIMessageStream({
    originalMessages: messages,
    onError: String,
    async execute({ writer }) {
      const settled = isUnsettled
        ? { proceed: true, messages }
        : await approvals.settle(messages, { writer, context })
      if (!settled.proceed) return
      const result = sdk.streamText({
        model: script.model,
        tools,
        messages: await sdk.convertToModelMessages(settled.messages, { tools }),
        stopWhen: sdk.stepCountIs(6),
        onError: () => undefined,
        ...contextFor(version, context, tools),
      })
      writer.merge(result.toUIMessageStream({ originalMessages: messages, onError: String }))
    },
  })
}

/** The context of a run, as each version takes it: since AI SDK 7 each tool has its own. */
export function contextFor(
  { specification }: Version,
  context: object | undefined,
  tools: object,
): object {
  if (context === undefined) return {}
  if (specification !== 4) return { experimental_context: context }
  const names = Object.keys(tools)
  return { toolsContext: Object.fromEntries(names.map((name) => [name, context])) }
}

export const userMessage = (text: string): Message => {
  return { id: `user-${text}`, role: 'user', parts: [{ type: 'text', text }] }
}

/** One request of `useChat`, over JSON: the messages after it, and the chunks of the response. */
export async function send(
  messages: readonly Message[],
  server: Server,
): Promise<{ messages: Message[]; chunks: object[] }> {
  const sent: Message[] = JSON.parse(JSON.stringify(messages))
  const chunks: object[] = []
  const stream = respond(sent, server).pipeThrough(
    new TransformStream({
      transform(chunk: object, controller) {
        chunks.push(chunk)
        controller.enqueue(JSON.parse(JSON.stringify(chunk)))
      },
    }),
  )
  const last = messages.at(-1)
  const going = last?.role === 'assistant' ? structuredClone(last) : undefined
  const { sdk } = server.version
  let answer = going
  const problems: unknown[] = []
  const onError = (error: unknown): void => void problems.push(error)
  const reading = { stream, onError, ...(going && { message: going }) }
  for await (const message of sdk.readUIMessageStream(reading)) answer = message
  if (problems.length > 0) throw problems[0]
  server.watch?.('chunks', chunks)
  server.watch?.('prompts', server.script.prompts)
  const before = going ? messages.slice(0, -1) : messages
  return { messages: [...before, ...(answer ? [answer] : [])], chunks }
}

/** What `addToolApprovalResponse` of a browser does to the messages. */
export function answered(messages: readonly Message[], approved: boolean): Message[] {
  return mapParts(messages, (part) =>
    part.state === 'approval-requested' && part.approval
      ? { ...part, state: 'approval-responded', approval: { ...part.approval, approved } }
      : part,
  )
}

export function mapParts(messages: readonly Message[], change: (part: Part) => Part): Message[] {
  return messages.map((message) => ({ ...message, parts: message.parts.map(change) }))
}

/** The tool part of a call, wherever it is. */
export function partOf(messages: readonly Message[], id: string): Part | undefined {
  return messages.flatMap(({ parts }) => parts).find(({ toolCallId }) => toolCallId === id)
}

export function dataOf(messages: readonly Message[], id: string): Part['data'] {
  const parts = messages.flatMap(({ parts }) => parts)
  return parts.findLast((part) => part.type === 'data-authsec' && part.id === id)?.data
}
