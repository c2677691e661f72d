import type { AuthSecClientOptions } from '@authsec/core'
import {
  createFakeClock,
  inProcessClient,
  inProcessEmulator,
  plantSecret,
  watch,
} from '@authsec-internal/test-kit'
import { Agent, Runner, RunState, type Tool } from '@openai/agents-core'
import { assistantMessage, functionCall, ScriptedModel } from '@openai/agents-core/testing'
import { z } from 'zod'
import { operationTool } from '../src/index.ts'

/** What the program gave the run. */
export interface Session {
  readonly user?: string
  readonly thread?: string
}

/** One call of a scripted model. */
export type Call = readonly [tool: string, args: object | string, id: string]

/** An agent whose model makes the calls, one list in each step, and then says that it is over. */
export function scripted<Context = unknown>(
  tools: Tool<Context>[],
  steps: readonly (readonly Call[])[],
) {
  const model = new ScriptedModel([
    ...steps.map((calls) =>
      calls.map(([name, args, callId]) =>
        functionCall(name, Object(args) === args ? { ...Object(args) } : String(args), { callId }),
      ),
    ),
    [assistantMessage('over')],
  ])
  return { model, agent: new Agent<Context>({ name: 'a', instructions: 'Go.', model, tools }) }
}

/** What the model was last told about a call. */
export function readAbout(model: ScriptedModel, callId: string): string {
  const { input } = model.lastCall?.request ?? {}
  const items = Array.isArray(input) ? input : []
  const result = items.find(
    (item) => item.type === 'function_call_result' && item.callId === callId,
  )
  return JSON.stringify(result ?? null)
}

export const runner = new Runner({ tracingDisabled: true })

const approvals = { openPerApprover: 5, unapprovedPerWindow: 50, pauseAfterDenialMs: 0 }
const params = z.object({ id: z.string() })
const record = { description: 'A record.', path: 'records/{id}', params }

/** A server, its approver and its API, with a clock that stands still. */
export function setUp(options: Partial<AuthSecClientOptions> = {}) {
  const clock = createFakeClock()
  const emulator = inProcessEmulator({ clock })
  const newClient = (more: Partial<AuthSecClientOptions> = {}) =>
    inProcessClient(emulator, {
      clock,
      ciba: { loginHint: 'approver@example.com' },
      ...options,
      ...more,
      approvals: { ...approvals, ...options.approvals },
    })
  /** The tools as each process makes them. */
  const toolsOf = (client = newClient()): Tool<Session>[] => [
    operationTool(client, {
      ...record,
      name: 'show',
      user: ({ context }: { context: Session }) => context.user,
      approval: { message: 'Show {id}?', wait: 'suspend' },
    }),
    operationTool(client, { ...record, name: 'free' }),
  ]
  const questions = () => {
    const all = emulator.control.approvals()
    for (const { authReqId } of all) plantSecret('an auth_req_id', authReqId)
    return all
  }
  const executed = (): string[] =>
    emulator.requests
      .filter(({ path }) => path.startsWith('/secure-vault'))
      .map(({ path }) => path.replace('/secure-vault/records/', ''))
  const answer = (decision: 'approve' | 'deny', id: string): void => {
    const asked = questions().findLast(
      ({ status, bindingMessage }) => status === 'pending' && bindingMessage.includes(id),
    )
    emulator.control[decision](asked?.authReqId)
  }
  return { clock, emulator, newClient, toolsOf, questions, executed, answer }
}

/** Writes a state down as a program does, and reads it in another process. */
export async function inAnotherProcess<Context>(
  agent: Agent<Context>,
  state: { toString(): string },
  edit: (text: string) => string = (text) => text,
): Promise<RunState<Context, Agent<Context>>> {
  const text = JSON.stringify(state)
  watch('a stored state', text)
  return RunState.fromString<Context, Agent<Context>>(agent, edit(text))
}
