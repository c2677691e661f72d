import { createRequire } from 'node:module'
import { authsecToolApproval } from '@authsec/ai-sdk'
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

const remove = { description: 'Removes.', inputSchema: z.object({ id: z.string() }) }
