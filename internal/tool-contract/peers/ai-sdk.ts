import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { authsecToolApproval, operationTool, secureFetchTool } from '@authsec/ai-sdk'
import * as ai from 'ai'
import { z } from 'zod'
import { peerContract, type Scenario } from './contract.ts'
import { plainModel } from './plain-model.ts'

const manifest: unknown = createRequire(import.meta.url)('ai/package.json')
const { version } = z.object({ version: z.string() }).parse(manifest)
const major = z.number().int().min(5).max(7).parse(Number.parseInt(version, 10))
const specification = ({ 5: 2, 6: 3, 7: 4 } as const)[major as 5 | 6 | 7]

// One source for three majors: what is called here exists, with this meaning, in all of them.
const generateText = ai.generateText as (options: object) => Promise<{
  content: { type: string; approvalId?: string; toolCall?: { toolName: string; input: unknown } }[]
  steps: unknown
  response: { messages: object[] }
}>
const stopWhen = ai.stepCountIs(5)
const remove = { description: 'Removes.', inputSchema: z.object({ id: z.string() }) }
const rules = { remove: { message: 'Remove {id}?', timeoutMs: 60_000 } }

/** AI SDK 7 asks the policy itself. */
const asPolicy: Scenario = async ({ emulator, client }) => {
  for (const script of ['approve', 'deny'] as const) {
    emulator.control.scriptApproval(script)
    const { model } = plainModel(specification, 'remove', [{ id: '42' }])
    const ran: unknown[] = []
    const tools = { remove: { ...remove, execute: async (input: unknown) => ran.push(input) } }
    const toolApproval = authsecToolApproval(client, rules)
    await generateText({ model, tools, prompt: 'go', stopWhen, toolApproval })
    assert.equal(ran.length, script === 'approve' ? 1 : 0)
  }
}

/** AI SDK 6 hands out requests, which the same policy answers. */
const asAnswer: Scenario = async ({ emulator, client }) => {
  for (const script of ['approve', 'deny'] as const) {
    emulator.control.scriptApproval(script)
    const { model } = plainModel(specification, 'remove', [{ id: '42' }])
    const ran: unknown[] = []
    const execute = async (input: unknown) => ran.push(input)
    const tools = { remove: { ...remove, needsApproval: true, execute } }
    const first = await generateText({ model, tools, prompt: 'go', stopWhen })
    const request = first.content.find(({ type }) => type === 'tool-approval-request')
    assert.ok(request?.toolCall && ran.length === 0)
    const answer = await authsecToolApproval(client, rules)({ toolCall: request.toolCall })
    const approved = answer?.type === 'approved'
    const { approvalId } = request
    const content = [{ type: 'tool-approval-response', approvalId, approved }]
    const user = { role: 'user', content: 'go' }
    const messages = [user, ...first.response.messages, { role: 'tool', content }]
    await generateText({ model, tools, messages, stopWhen })
    assert.equal(ran.length, script === 'approve' ? 1 : 0)
  }
}

const more: Record<string, Scenario> = {
  ...(major === 7 && { 'toolApproval asks a person': asPolicy }),
  ...(major === 6 && { 'an approval request is answered by a person': asAnswer }),
}

await peerContract(async ({ client, operation, calls, signal }) => {
  const { model, answerTo } = plainModel(specification, 'vault', calls)
  const vault = operation ? operationTool(client, operation) : secureFetchTool(client)
  const abort = signal && { abortSignal: signal }
  const options = { model, tools: { vault }, prompt: 'go', stopWhen, ...abort }
  const { steps, response } = await generateText(options)
  return { answers: calls.map((_call, n) => answerTo(`c${n}`)), kept: [steps, response] }
}, more)
