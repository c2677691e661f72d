import type { AuthSecClient, AuthSecClientOptions } from '@authsec/core'
import type { EmulatorHandler } from '@authsec/emulator'
import {
  createFakeClock,
  type FakeClock,
  inProcessClient,
  inProcessEmulator,
  watch,
} from '@authsec-internal/test-kit'
import { AIMessage, type BaseMessage, ToolMessage } from '@langchain/core/messages'
import { fakeModel } from '@langchain/core/testing'
import type { MemorySaver } from '@langchain/langgraph'
import { z } from 'zod'
import { operationTool } from '../../src/index.ts'

const APPROVER = 'approver@example.com'
export const SECOND = 'second@example.com'

export interface World {
  readonly clock: FakeClock
  readonly emulator: EmulatorHandler
  readonly client: AuthSecClient
  /** Another client of the same agent, as another process has it. */
  another(options?: Partial<AuthSecClientOptions>): AuthSecClient
}

/** An emulator whose time passes when the test says so, and a client that may ask several questions at a time. */
export function world(options: Partial<AuthSecClientOptions> = {}): World {
  const clock = createFakeClock()
  const emulator = inProcessEmulator({
    clock,
    users: [{ email: APPROVER }, { email: SECOND }],
  })
  const approvals = { openPerApprover: 10, unapprovedPerWindow: 100, pauseAfterDenialMs: 0 }
  const ciba = { loginHint: APPROVER }
  const another = (more: Partial<AuthSecClientOptions> = {}): AuthSecClient =>
    inProcessClient(emulator, {
      ...{ clock, ciba, ...options, ...more },
      approvals: { ...approvals, ...options.approvals, ...more.approvals },
    })
  return { clock, emulator, client: another(), another }
}

/** A read of one record that a person approves. */
export function approvedRead(
  client: AuthSecClient | undefined,
  rule: Partial<NonNullable<Parameters<typeof operationTool>[1]['approval']>> = {},
): ReturnType<typeof operationTool<z.ZodObject<{ id: z.ZodString }>>> {
  return operationTool(client, {
    name: 'get_record',
    description: 'One record.',
    path: 'records/{id}',
    params: z.object({ id: z.string() }),
    approval: { message: 'Show record {id}?', wait: 'suspend', ...rule },
  })
}

export interface ScriptedCall {
  readonly id: string
  readonly args?: Record<string, unknown>
  readonly name?: string
}

/** A model that makes these calls, one step after the other, and then says how it went. */
export function model(
  ...steps: readonly (readonly ScriptedCall[])[]
): ReturnType<typeof fakeModel> {
  const scripted = fakeModel()
  for (const step of steps) {
    const tool_calls = step.map(({ id, name = 'get_record', args = { id: 'rec-0001' } }) => ({
      ...{ id, name, args },
    }))
    // Each model of `respondWithTools` counts its messages from 0, and one ID would replace the other in a state.
    scripted.respond(new AIMessage({ content: '', tool_calls }))
  }
  return scripted.respond(new AIMessage('over'))
}

/** What each call came to: `ok`, or the code of its failure. */
export function outcomes(messages: readonly BaseMessage[]): Record<string, string> {
  watch('messages', messages)
  const results = messages.filter((message) => ToolMessage.isInstance(message))
  return Object.fromEntries(
    results.map(({ tool_call_id, artifact, text }) => {
      const { ok, code } = Object(artifact)
      return [tool_call_id, ok === true ? 'ok' : String(code ?? text)]
    }),
  )
}

/** The calls that reached the protected API. */
export function executions(emulator: Pick<EmulatorHandler, 'requests' | 'control'>): string[] {
  return emulator.requests
    .filter(({ path }) => path.startsWith('/secure-vault/records'))
    .map(({ path }) => path.split('/').at(-1) ?? '')
}

export function pushes(emulator: Pick<EmulatorHandler, 'requests' | 'control'>): number {
  return emulator.control.approvals().length
}

/** Everything that a checkpointer holds, as texts. */
export function stored(checkpointer: MemorySaver): string[] {
  const parts = [checkpointer.storage, checkpointer.writes].flatMap((kept) => leaves(kept))
  return parts.map((part) =>
    part instanceof Uint8Array ? new TextDecoder().decode(part) : String(part),
  )
}

function leaves(value: unknown): unknown[] {
  const isBranch = typeof value === 'object' && value !== null && !(value instanceof Uint8Array)
  return isBranch ? Object.values(value).flatMap(leaves) : [value]
}

/** How often AuthSec was asked for an answer. */
export function polls(emulator: Pick<EmulatorHandler, 'requests'>): number {
  return emulator.requests.filter(({ path }) => path.endsWith('/ciba/token')).length
}

/** Lets time pass until the work is done, once somebody was asked, and tells before each second. */
export async function finish<T>(
  { clock, emulator }: World,
  work: Promise<T>,
  eachSecond: () => void = () => undefined,
): Promise<T> {
  let isOver = false
  const end = (): void => {
    isOver = true
  }
  work.then(end, end)
  while (!isOver) {
    eachSecond()
    if (pushes(emulator) > 0) await clock.advance(1_000)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  return work
}

/** Approves everything that is open. */
export function approveAll({ control }: Pick<EmulatorHandler, 'control'>): void {
  for (const { authReqId, status } of control.approvals()) {
    if (status === 'pending') control.approve(authReqId)
  }
}
