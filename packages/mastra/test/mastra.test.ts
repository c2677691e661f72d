import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { rejection, testClient, testEmulator, watch } from '@authsec-internal/test-kit'
import { Agent } from '@mastra/core/agent'
import { Mastra } from '@mastra/core/mastra'
import { RequestContext } from '@mastra/core/request-context'
import { InMemoryStore } from '@mastra/core/storage'
import { createStep, createWorkflow } from '@mastra/core/workflows'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { AUTHSEC_CLIENT_KEY, operationTool, secureFetchTool } from '../src/index.ts'
import { callsForEver, callsOnce } from './model.ts'

const agentWith = (model: ReturnType<typeof callsOnce>['model'], tool = secureFetchTool()) =>
  new Agent({ id: 'a', name: 'a', instructions: 'Go.', model, tools: { vault: tool } })

const records = { name: 'get_record', description: 'A record.', path: 'records/{id}' }
const params = z.object({ id: z.string() })

describe('a request with a client of its own', () => {
  it('acts as itself, by a tool that has no client', async () => {
    await using one = await testEmulator()
    await using other = await testEmulator({ permissions: ['metrics:read'] })
    const tool = operationTool(undefined, { ...records, params, permission: 'records:read' })
    const answers = await Promise.all(
      [one, other].map(async (emulator) => {
        const { model, readBack } = callsOnce('vault', { id: 'rec-0001' })
        const requestContext = new RequestContext()
        requestContext.set(AUTHSEC_CLIENT_KEY, testClient(emulator))
        const agent = new Agent({
          id: 'a',
          name: 'a',
          instructions: '',
          model,
          tools: { vault: tool },
        })
        watch('a result', (await agent.generate('go', { requestContext })).steps)
        watch('a request context', [requestContext.toJSON(), requestContext.serializeForSpan()])
        return readBack()
      }),
    )
    expect(answers).toMatchObject([
      [{ output: { value: { ok: true } } }],
      [{ output: { value: { ok: false, code: 'permission_missing' } } }],
    ])
  })

  it('does not fall back to another identity when the client is only the rest of one', async () => {
    const requestContext = new RequestContext()
    requestContext.set(AUTHSEC_CLIENT_KEY, { mode: 'live', resources: [] })
    const { model, readBack } = callsOnce('vault', { endpoint: 'metrics' })
    await agentWith(model).generate('go', { requestContext })
    expect(JSON.stringify(readBack())).toMatch(/no usable AuthSec client under authsecClient/)
  })
})

describe('suspend and resume', () => {
  it('of an agent: the stored snapshot holds no secret, and the resumed call runs once', async () => {
    await using emulator = await testEmulator()
    const client = testClient(emulator)
    const token = await client.getDelegationToken()
    const requestContext = new RequestContext()
    requestContext.set(AUTHSEC_CLIENT_KEY, client)
    const { model, readBack } = callsOnce('vault', { endpoint: 'metrics' })
    const storage = new InMemoryStore()
    const mastra = new Mastra({ agents: { agent: agentWith(model) }, storage, logger: false })
    const agent = mastra.getAgent('agent')
    const halted = await agent.generate('go', { requestContext, requireToolApproval: true })
    expect(halted.finishReason).toBe('suspended')
    expect(vaultCalls(emulator)).toBe(0)

    const kept = await snapshots(storage)
    expect(kept).toContain('metrics')
    watch('a snapshot', kept)
    expect(kept).not.toContain(token.value)

    const runId = String(halted.runId)
    const toolCallId = 'c1'
    await agent.approveToolCallGenerate({ runId, toolCallId, requestContext })
    expect(readBack()).toMatchObject([{ output: { value: { ok: true, status: 200 } } }])
    expect(vaultCalls(emulator)).toBe(1)
    watch('a snapshot', await snapshots(storage))
  })

  it('of an agent, resumed from storage without the client: acts as nobody else, and sends nothing', async () => {
    await using emulator = await testEmulator()
    const requestContext = new RequestContext()
    requestContext.set(AUTHSEC_CLIENT_KEY, testClient(emulator))
    const { model, readBack } = callsOnce('vault', { endpoint: 'metrics' })
    const storage = new InMemoryStore()
    const started = (): Agent =>
      new Mastra({ agents: { agent: agentWith(model) }, storage, logger: false }).getAgent('agent')
    const halted = await started().generate('go', { requestContext, requireToolApproval: true })
    // As after a restart: another instance, with nothing but what a database keeps.
    await storeAsText(storage)
    await started().approveToolCallGenerate({ runId: String(halted.runId), toolCallId: 'c1' })
    expect(JSON.stringify(readBack())).toMatch(/no usable AuthSec client under authsecClient/)
    expect(vaultCalls(emulator)).toBe(0)
  })

  it('of a workflow: a tool as a step works before and after, and each call is sent once', async () => {
    await using emulator = await testEmulator()
    const read = createStep(operationTool(testClient(emulator), { ...records, params }))
    const pause = createStep({
      id: 'pause',
      inputSchema: z.unknown(),
      outputSchema: params,
      resumeSchema: params,
      execute: async ({ resumeData, suspend }) => resumeData ?? (await suspend({})) ?? { id: '' },
    })
    const again = createStep(
      operationTool(testClient(emulator), { ...records, name: 'again', params }),
    )
    const workflow = createWorkflow({ id: 'w', inputSchema: params, outputSchema: z.unknown() })
      .then(read)
      .then(pause)
      .then(again)
      .commit()
    const storage = new InMemoryStore()
    const mastra = new Mastra({ workflows: { workflow }, storage, logger: false })
    const run = await mastra.getWorkflow('workflow').createRun()
    const halted = await run.start({ inputData: { id: 'rec-0001' } })
    expect(halted.status).toBe('suspended')
    expect(halted.steps['get_record']).toMatchObject({ output: { data: { id: 'rec-0001' } } })
    watch('a snapshot', await snapshots(storage))
    const resumed = await run.resume({ step: 'pause', resumeData: { id: 'rec-0002' } })
    expect(resumed).toMatchObject({
      status: 'success',
      result: { ok: true, data: { id: 'rec-0002' } },
    })
    expect(vaultCalls(emulator)).toBe(2)
    watch('a workflow result', resumed)
  })
})

describe('the budget of a run', () => {
  it('stops an agent that loops for ever, and the next run has its own', async () => {
    await using emulator = await testEmulator()
    const client = testClient(emulator, { budget: { callsPerRun: 3 } })
    const agent = agentWith(callsForEver('vault', { endpoint: 'metrics' }), secureFetchTool(client))
    await agent.generate('go', { maxSteps: 9 })
    expect(vaultCalls(emulator)).toBe(3)
    await agent.generate('go', { maxSteps: 9 })
    expect(vaultCalls(emulator)).toBe(6)
  })

  it('goes on when an agent continues a run by its ID', async () => {
    await using emulator = await testEmulator()
    const client = testClient(emulator, { budget: { callsPerRun: 3 } })
    const agent = agentWith(callsForEver('vault', { endpoint: 'metrics' }), secureFetchTool(client))
    await agent.generate('go', { maxSteps: 2, runId: 'one' })
    await agent.generate('go', { maxSteps: 9, runId: 'one' })
    expect(vaultCalls(emulator)).toBe(3)
  })

  it('is shared by the steps of a workflow', async () => {
    await using emulator = await testEmulator()
    const client = testClient(emulator, { budget: { callsPerRun: 1 } })
    const workflow = createWorkflow({ id: 'w', inputSchema: params, outputSchema: z.unknown() })
      .then(createStep(operationTool(client, { ...records, params })))
      .map(async () => ({ id: 'rec-0002' }))
      .then(createStep(operationTool(client, { ...records, name: 'again', params })))
      .commit()
    const run = await workflow.createRun()
    const result = await run.start({ inputData: { id: 'rec-0001' } })
    expect(result).toMatchObject({ status: 'success', result: { code: 'budget_exceeded' } })
    expect(vaultCalls(emulator)).toBe(1)
  })
})

describe('a tool', () => {
  it('passes the abort signal on', async () => {
    await using emulator = await testEmulator()
    const tool = secureFetchTool(testClient(emulator))
    const abortSignal = AbortSignal.abort(new Error('stopped'))
    const run = tool.execute?.({ endpoint: 'metrics' }, { abortSignal } as never)
    const error = await rejection(Promise.resolve(run))
    expect(error.message).toBe('stopped')
    expect(emulator.requests).toHaveLength(0)
  })

  it('gives outcomes that its output schema accepts', async () => {
    await using emulator = await testEmulator()
    const tool = secureFetchTool(testClient(emulator), { name: 'reader' })
    expect(tool.id).toBe('reader')
    for (const endpoint of ['metrics', '//evil.test']) {
      const outcome = await tool.execute?.({ endpoint }, {} as never)
      expect(outcome).toHaveProperty('ok', endpoint === 'metrics')
      watch('an outcome', outcome)
    }
    watch('a tool', tool)
  })
})

describe('the source', () => {
  it('imports no more of Mastra than its tools and steps, and nothing that speaks HTTP', () => {
    const folder = join(import.meta.dirname, '../src')
    const source = readdirSync(folder).map((file) => readFileSync(join(folder, file), 'utf8'))
    const imports = source.join('\n').matchAll(/^(import|export) .*?from '([^'.][^']*)'/gms)
    const targets = new Set([...imports].map((match) => match[2]))
    expect([...targets].sort()).toEqual([
      '@authsec/core',
      '@authsec/core/adapter',
      '@authsec/core/tool',
      '@mastra/core/tools',
      '@mastra/core/workflows',
      'node:async_hooks',
      'zod',
    ])
    expect(source.join('\n')).not.toMatch(/\bfetch\(/)
  })

  it('loads Mastra’s workflows for its entry point `workflow` alone', () => {
    const reached = new Set<string>()
    const visit = (file: string): void => {
      if (reached.has(file)) return
      reached.add(file)
      const text = readFileSync(join(import.meta.dirname, '../src', file), 'utf8')
      for (const [, next = ''] of text.matchAll(/from '\.\/([^']*)'/g)) visit(next)
    }
    visit('index.ts')
    expect([...reached]).not.toContain('approval-steps.ts')
    expect([...reached]).toContain('secure-tool.ts')
  })
})

function vaultCalls({ requests }: { requests: readonly { path: string }[] }): number {
  return requests.filter(({ path }) => path.startsWith('/secure-vault')).length
}

/** Everything that the store keeps of runs, as text. */
async function snapshots(storage: InMemoryStore): Promise<string> {
  const workflows = await storage.getStore('workflows')
  return JSON.stringify(await workflows?.listWorkflowRuns())
}

/** The in-memory store keeps objects as they are; a database keeps JSON. */
async function storeAsText(storage: InMemoryStore): Promise<void> {
  const workflows = await storage.getStore('workflows')
  const { runs = [] } = (await workflows?.listWorkflowRuns()) ?? {}
  for (const { workflowName, runId, snapshot: kept } of runs) {
    const snapshot = JSON.parse(typeof kept === 'string' ? kept : JSON.stringify(kept))
    await workflows?.persistWorkflowSnapshot({ workflowName, runId, snapshot })
  }
}
