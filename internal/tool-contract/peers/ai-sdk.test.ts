import { createRequire } from 'node:module'
import { authsecToolApproval, createApprovals } from '@authsec/ai-sdk'
import { fastClock, testClient, testEmulator } from '@authsec-internal/test-kit'
import * as ai from 'ai'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { aiSdkHarness } from '../src/ai-sdk-harness.ts'
import { describeToolContract } from '../src/contract.ts'
import { plainModel } from '../src/plain-model.ts'

const manifest: unknown = createRequire(import.meta.url)('ai/package.json')
const { version } = z.object({ version: z.string() }).parse(manifest)
const major = z.literal([5, 6, 7]).parse(Number.parseInt(version, 10))
const specification = ({ 5: 2, 6: 3, 7: 4 } as const)[major]

interface Result {
  content: { type: string; approvalId?: string; toolCall?: { toolName: string; input: unknown } }[]
  response: { messages: object[] }
}
// One source for three majors: each of them has these functions, with this meaning.
const generateText = ai.generateText as (options: object) => Promise<Result>
const stopWhen = ai.stepCountIs(5)

describeToolContract(`AI SDK ${version}`, aiSdkHarness(specification))

const approver = { ciba: { loginHint: 'approver@example.com' }, clock: fastClock }
const rules = { remove: { message: 'Remove {id}?', timeoutMs: 60_000 } }
const question = [{ id: '42' }]

it.runIf(major === 7).each(['approve', 'deny'] as const)(
  'the policy as toolApproval enforces the decision to %s',
  async (script) => {
    await using emulator = await testEmulator()
    emulator.control.scriptApproval(script)
    const toolApproval = authsecToolApproval(testClient(emulator, approver), rules)
    const { model } = plainModel(specification, question, { toolName: 'remove' })
    const ran: unknown[] = []
    const tools = { remove: { ...remove, execute: async (input: unknown) => ran.push(input) } }
    await generateText({ model, tools, prompt: 'go', stopWhen, toolApproval })
    expect(ran).toHaveLength(script === 'approve' ? 1 : 0)
  },
)

it.runIf(major === 6).each(['approve', 'deny'] as const)(
  'the policy answers an approval request with the decision to %s',
  async (script) => {
    await using emulator = await testEmulator()
    emulator.control.scriptApproval(script)
    const policy = authsecToolApproval(testClient(emulator, approver), rules)
    const { model } = plainModel(specification, question, { toolName: 'remove' })
    const ran: unknown[] = []
    const execute = async (input: unknown) => ran.push(input)
    const tools = { remove: { ...remove, needsApproval: true, execute } }
    const first = await generateText({ model, tools, prompt: 'go', stopWhen })
    const request = first.content.find(({ type }) => type === 'tool-approval-request')
    if (!request?.toolCall) throw new Error('The SDK made no approval request.')
    const approved = (await policy({ toolCall: request.toolCall }))?.type === 'approved'
    const { approvalId } = request
    const answer = [{ type: 'tool-approval-response', approvalId, approved }]
    const messages = [
      { role: 'user', content: 'go' },
      ...first.response.messages,
      { role: 'tool', content: answer },
    ]
    await generateText({ model, tools, messages, stopWhen })
    expect(ran).toHaveLength(script === 'approve' ? 1 : 0)
  },
)

interface Message {
  id: string
  role: string
  parts: { type: string; state?: string; text?: string }[]
}
type Writer = { write(chunk: object): void; merge(stream: unknown): void }
const streams = ai as unknown as {
  streamText(options: object): { toUIMessageStream(options: object): unknown }
  convertToModelMessages(messages: Message[], options: object): unknown
  createUIMessageStream(options: object): ReadableStream
  readUIMessageStream(options: object): AsyncIterable<Message>
}

it.runIf(major >= 6).each(['approve', 'deny'] as const)(
  'a call waits across requests for the decision to %s',
  async (decision) => {
    await using emulator = await testEmulator()
    const client = testClient(emulator, approver)
    const { model, prompts } = plainModel(specification, question, { toolName: 'remove' })
    const ran: unknown[] = []
    const execute = async (input: unknown) => ran.push(input)

    async function request(messages: Message[]): Promise<Message[]> {
      const approvals = createApprovals(client, { user: 'user', chatId: 'chat', rules })
      const tools = approvals.tools({ remove: { ...remove, execute } })
      const stream = streams.createUIMessageStream({
        originalMessages: messages,
        async execute({ writer }: { writer: Writer }) {
          const settled = await approvals.settle(messages, { writer })
          if (!settled.proceed) return
          const prompt = await streams.convertToModelMessages(settled.messages, { tools })
          const result = streams.streamText({ model, tools, messages: prompt, stopWhen })
          writer.merge(result.toUIMessageStream({ originalMessages: messages }))
        },
      })
      const last = messages.at(-1)
      const message = last?.role === 'assistant' ? structuredClone(last) : undefined
      let answer = message
      for await (const one of streams.readUIMessageStream({ stream, message })) answer = one
      return [...messages.slice(0, message ? -1 : undefined), ...(answer ? [answer] : [])]
    }

    const asked = await request([{ id: 'u', role: 'user', parts: [{ type: 'text', text: 'go' }] }])
    expect(asked.at(-1)?.parts.map(({ state }) => state)).toContain('approval-requested')
    expect(await request(asked)).toEqual(asked)
    emulator.control[decision]()
    const done = await request(asked)
    expect(done.at(-1)?.parts.at(-1)).toMatchObject({ type: 'text', text: 'over' })
    await request(asked)
    expect([ran.length, prompts.length]).toEqual([decision === 'approve' ? 1 : 0, 3])
    expect(emulator.control.approvals()).toHaveLength(1)
  },
)

const remove = { description: 'Removes.', inputSchema: z.object({ id: z.string() }) }
