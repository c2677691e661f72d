import type { AuthSecClient, AuthSecClientOptions } from '@authsec/core'
import { testClient, testEmulator } from '@authsec-internal/test-kit'
import { Agent, type ToolsInput } from '@mastra/core/agent'
import { Mastra } from '@mastra/core/mastra'
import { RequestContext } from '@mastra/core/request-context'
import { InMemoryStore } from '@mastra/core/storage'
import { z } from 'zod'
import { type Operation, operationTool } from '../src/index.ts'
import { callsTogether, type ScriptedCall } from './model.ts'

export type TestEmulator = Awaited<ReturnType<typeof testEmulator>>

export const keys = [{ kid: 'test', key: 'q6mVn0yW1rT7c3GzXf2LhJ8pK5sD9bNaEuIoYtRwQk4=' }]
const params = z.object({ id: z.string() })

export function clientOf(
  emulator: TestEmulator,
  options: Partial<AuthSecClientOptions> = {},
): AuthSecClient {
  const ciba = { loginHint: 'approver@example.com' }
  return testClient(emulator, { ciba, ...options, approvals: { keys, ...options.approvals } })
}

/** A call that a person must approve, and that does not wait for the answer. */
export const guarded: Operation<typeof params> = {
  name: 'show',
  description: 'A record.',
  path: 'records/{id}',
  params,
  approval: { message: 'Show {id}?', wait: 'suspend' },
}

/** The same call, free for all. */
export const free: Operation<typeof params> = {
  name: 'peek',
  description: 'A record.',
  path: 'records/{id}',
  params,
}

export interface OpenAgent {
  readonly agent: Agent
  /** What the model reads of its last calls, by the ID of the call. */
  outcomes(): Record<string, unknown>
  prompts(): string
}

/** An agent as a process has it after its start: everything is new but the storage. */
export function openAgent(
  storage: InMemoryStore,
  tools: ToolsInput,
  turns: readonly (readonly ScriptedCall[])[],
  more: Partial<ConstructorParameters<typeof Agent>[0]> = {},
): OpenAgent {
  const { model, readBack, prompts } = callsTogether(...turns)
  const parts = { id: 'a', name: 'a', instructions: '', model, tools, ...more }
  const mastra = new Mastra({
    agents: { agent: new Agent(parts as never) },
    storage,
    logger: false,
  })
  const outcomes = (): Record<string, unknown> =>
    Object.fromEntries(readBack().map(({ toolCallId, output }) => [toolCallId, output.value]))
  return { agent: mastra.getAgent('agent'), outcomes, prompts: () => JSON.stringify(prompts) }
}

/** One agent with one guarded tool, and what it asks for. */
export async function oneQuestion(
  operation: Partial<typeof guarded> = {},
  options: Partial<AuthSecClientOptions> = {},
) {
  const emulator = await testEmulator()
  const storage = new InMemoryStore()
  const show = operationTool(clientOf(emulator, options), { ...guarded, ...operation })
  const open = (): OpenAgent => openAgent(storage, { show }, [[['show', { id: 'rec-0001' }]]])
  const { agent, outcomes } = open()
  const paused = await agent.generate('go', { runId: 'run-1', requestContext: contextOf('alice') })
  const resume = (resumeData: unknown, user?: string) =>
    agent.resumeGenerate(resumeData, {
      runId: 'run-1',
      toolCallId: 'c1',
      ...(user && { requestContext: contextOf(user) }),
    })
  const end = () => emulator[Symbol.asyncDispose]()
  return { emulator, storage, open, agent, outcomes, paused, resume, [Symbol.asyncDispose]: end }
}

export function contextOf(user: string): RequestContext {
  const requestContext = new RequestContext()
  requestContext.set('user', user)
  return requestContext
}

/** How often the protected API was called. */
export function executions({ requests }: Pick<TestEmulator, 'requests'>): number {
  return requests.filter(({ path }) => path.startsWith('/secure-vault')).length
}

/** How often a person was asked. */
export function pushes({ control }: Pick<TestEmulator, 'control'>): number {
  return control.approvals().length
}

/** Everything that the store keeps of runs, as text. */
export async function snapshots(storage: InMemoryStore): Promise<string> {
  const workflows = await storage.getStore('workflows')
  return JSON.stringify(await workflows?.listWorkflowRuns())
}

/** How the sealed text of an approval begins: its header. */
export const SEALED = 'eyJhbGciOiJkaXIi'
