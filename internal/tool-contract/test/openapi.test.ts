import { operationTool } from '@authsec/ai-sdk'
import { operationsFromOpenApi } from '@authsec/core/openapi'
import type { OperationOptions } from '@authsec/core/tool'
import type { Emulator } from '@authsec/emulator'
import { fastClock, testClient, testEmulator, watch } from '@authsec-internal/test-kit'
import * as ai from 'ai'
import { describe, expect, it } from 'vitest'
import type { z } from 'zod'
import { aiSdkHarness } from '../src/ai-sdk-harness.ts'
import { type ContractHarness, TOOL_NAME } from '../src/harness.ts'
import { langChainHarness } from '../src/langchain-harness.ts'
import { llamaIndexHarness } from '../src/llamaindex-harness.ts'
import { mastraHarness } from '../src/mastra-harness.ts'
import { mcpHarness } from '../src/mcp-harness.ts'
import { boxDocument, routesOf } from '../src/product-api.ts'

const options = { headers: ['box-version'], permissions: () => 'box:use' }
const { operations } = operationsFromOpenApi(boxDocument, options)

const startBox = () =>
  testEmulator({ routes: routesOf(boxDocument, 'box:use'), permissions: ['box:use'] })

const clientOf = (emulator: Emulator) =>
  testClient(emulator, {
    ciba: { loginHint: 'approver@example.com' },
    clock: fastClock,
    resources: [
      { name: 'box', baseUrl: emulator.vaultUrl, methods: ['GET', 'POST', 'PUT', 'DELETE'] },
    ],
  })

function operation(name: string): OperationOptions<z.ZodObject<z.ZodRawShape>> {
  const found = operations.find((one) => one.name === name)
  if (!found) throw new Error(`There is no ${name}.`)
  return found
}

const harnesses: [string, ContractHarness][] = [
  ['the AI SDK', aiSdkHarness(4)],
  ['LangChain', langChainHarness],
  ['LlamaIndex', llamaIndexHarness],
  ['Mastra', mastraHarness],
  ['MCP 2026-07-28', mcpHarness('auto')],
  ['MCP 2025-11-25', mcpHarness('legacy')],
]

describe.each(harnesses)('an operation of a document in %s', (_name, harness) => {
  async function answersTo(
    emulator: Emulator,
    name: string,
    calls: readonly Record<string, unknown>[],
  ) {
    const tool = { kind: 'operation', options: { ...operation(name), name: TOOL_NAME } } as const
    const client = clientOf(emulator)
    const { answers, shown } = await harness.run({ client, tool, calls, times: 1 })
    watch('answers', answers)
    await client.close()
    return { answers, shown }
  }

  it('is shown with its types, and reads what the model asks for', async () => {
    await using emulator = await startBox()
    const input = { box_version: '2025.0', scope: 'all', limit: 3 }
    const { answers, shown } = await answersTo(emulator, 'get_hubs_v2025_0', [
      input,
      { ...input, limit: 'x' },
    ])
    const [read = '', wrong] = answers
    expect(JSON.parse(read)).toMatchObject({
      ok: true,
      data: { path: '/hubs', query: { scope: 'all', limit: '3' }, version: '2025.0' },
    })
    // Some frameworks have words of their own for it.
    expect(wrong).toMatch(/limit/)
    expect(emulator.requests.filter(({ path }) => path.endsWith('/hubs'))).toHaveLength(1)
    expect(shown[0]?.schema).toMatchObject({
      properties: { box_version: { enum: ['2025.0'] }, limit: { type: 'integer' } },
      required: ['box_version'],
    })
  })

  it('changes something only when a person approves', async () => {
    await using emulator = await startBox()
    const input = { hub_id: '12345', box_version: '2025.0', title: 'Plans' }
    emulator.control.scriptApproval('approve', 'deny')
    const approved = await answersTo(emulator, 'put_hubs_id_v2025_0', [input])
    expect(JSON.parse(approved.answers[0] ?? '')).toMatchObject({
      ok: true,
      data: { method: 'PUT', params: { hub_id: '12345' }, body: { title: 'Plans' } },
    })
    const denied = await answersTo(emulator, 'put_hubs_id_v2025_0', [input])
    expect(JSON.parse(denied.answers[0] ?? '')).toMatchObject({ code: 'approval_denied' })
    for (const { bindingMessage } of emulator.control.approvals()) {
      expect(bindingMessage).toMatch(/^Allow put_hubs_id_v2025_0 with hub_id "12345"\?/)
    }
    expect(emulator.requests.filter(({ method }) => method === 'PUT')).toHaveLength(1)
  })
})

describe('an agent with all tools of a product', () => {
  /** A model that calls one tool in each step, and ends. */
  function scripted(steps: readonly { tool: string; input: object }[]): ai.LanguageModel {
    let step = 0
    const usage = {
      inputTokens: { total: 1, noCache: 1, cacheRead: 0, cacheWrite: 0 },
      outputTokens: { total: 1, text: 1, reasoning: 0 },
    }
    const model = {
      specificationVersion: 'v4',
      provider: 'scripted',
      modelId: 'scripted',
      supportedUrls: {},
      async doGenerate() {
        const next = steps[step++]
        const content = next
          ? {
              type: 'tool-call',
              toolCallId: `c${step}`,
              toolName: next.tool,
              input: JSON.stringify(next.input),
            }
          : { type: 'text', text: 'done' }
        const reason = next ? 'tool-calls' : 'stop'
        return {
          content: [content],
          finishReason: { unified: reason, raw: reason },
          usage,
          warnings: [],
        }
      },
      doStream: () => Promise.reject(new Error('It does not stream.')),
    }
    return model as unknown as ai.LanguageModel
  }

  it('finds, creates and is refused, as the document, the person and the token allow', async () => {
    await using emulator = await startBox()
    const client = clientOf(emulator)
    const tools = Object.fromEntries(
      operations.map((one) => [one.name, operationTool(client, one)]),
    )
    expect(Object.keys(tools)).toHaveLength(35)
    const box_version = '2025.0'
    emulator.control.scriptApproval('approve')
    const { steps, text } = await ai.generateText({
      model: scripted([
        { tool: 'get_hubs_v2025_0', input: { box_version } },
        { tool: 'post_hubs_v2025_0', input: { box_version, title: 'Plans' } },
        { tool: 'get_hubs_id_v2025_0', input: { box_version, hub_id: '../users' } },
        { tool: 'get_hubs_id_v2025_0', input: { box_version, hub_id: '7' } },
      ]),
      tools,
      prompt: 'Make a hub for the plans.',
      stopWhen: ai.stepCountIs(8),
    })
    const outcomes = steps.flatMap(({ toolResults }) => toolResults.map(({ output }) => output))
    watch('outcomes', outcomes)
    expect(text).toBe('done')
    expect(outcomes).toMatchObject([
      { ok: true, data: { path: '/hubs', method: 'GET' } },
      { ok: true, data: { path: '/hubs', method: 'POST', body: { title: 'Plans' } } },
      { ok: false, code: 'endpoint_refused' },
      { ok: true, data: { path: '/hubs/{hub_id}', params: { hub_id: '7' } } },
    ])
    await client.close()
  })
})
