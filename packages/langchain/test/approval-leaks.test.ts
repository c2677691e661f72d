import { plantSecret, watch } from '@authsec-internal/test-kit'
import { BaseCallbackHandler } from '@langchain/core/callbacks/base'
import { MemorySaver } from '@langchain/langgraph'
import { createAgent } from 'langchain'
import { expect, it } from 'vitest'
import { authsecApproval } from '../src/middleware.ts'
import { agent, go, interrupts, thread } from './support/agents.ts'
import { approveAll, approvedRead, executions, model, stored, world } from './support/approvals.ts'

/** Sees what tracers see. */
class Tracer extends BaseCallbackHandler {
  readonly name = 'tracer'
  readonly seen: unknown[] = []
  override handleToolStart = (...event: unknown[]) => void this.seen.push(event)
  override handleToolEnd = (...event: unknown[]) => void this.seen.push(event)
  override handleToolError = (...event: unknown[]) => void this.seen.push(event)
  override handleCustomEvent = (...event: unknown[]) => void this.seen.push(event)
  override handleChatModelStart = (...event: unknown[]) => void this.seen.push(event)
}

const SEALED = /eyJ[\w-]{20,}\.\.[\w-]+\.[\w-]+\.[\w-]+/

it('a paused and resumed run shows no token and no auth_req_id anywhere, and the sealed text in the private state only', async () => {
  const { client, clock, emulator } = world()
  const checkpointer = new MemorySaver()
  const tracer = new Tracer()
  const one = agent({ client, checkpointer, steps: [[{ id: 'c1' }], [{ id: 'c2' }]] })
  const config = { ...thread(), callbacks: [tracer] }
  const shown: unknown[] = []
  const stream = async (input: unknown) => {
    const streamMode = ['messages', 'custom', 'tools'] as never
    for await (const chunk of await one.stream(input as never, { ...config, streamMode })) {
      shown.push(chunk)
    }
  }
  await stream(go)
  const [asked] = emulator.control.approvals()
  plantSecret('an auth_req_id', asked?.authReqId ?? '')
  await clock.advance(5_000)
  approveAll(emulator)
  await stream(null)
  for (const { authReqId } of emulator.control.approvals()) {
    plantSecret('an auth_req_id', authReqId)
  }
  await clock.advance(5_000)
  approveAll(emulator)
  const done = await one.invoke(null, config)
  expect(executions(emulator)).toHaveLength(2)
  expect(interrupts(done)).toEqual({})
  const places = { done, shown, trace: tracer.seen }
  for (const [where, value] of Object.entries(places)) {
    watch(where, value)
    expect(JSON.stringify(value), where).not.toMatch(SEALED)
  }
  const kept = stored(checkpointer)
  watch('checkpoints', kept)
  expect(kept.join('')).toMatch(SEALED)
  expect((await one.graph.getState(thread())).values).toMatchObject({ _authsecApprovals: {} })
  watch('state', (await one.graph.getState(thread())).values)
})

it('the model reads neither the sealed text nor the view of a question', async () => {
  const { client, clock, emulator } = world()
  const scripted = model([{ id: 'c1' }])
  const tools = [approvedRead(client)]
  const middleware = [authsecApproval(client, { tools })]
  const one = createAgent({ model: scripted, tools, middleware, checkpointer: new MemorySaver() })
  await one.invoke(go, thread())
  await clock.advance(5_000)
  approveAll(emulator)
  await one.invoke(null, thread())
  const read = JSON.stringify(scripted.calls)
  expect(read).toContain('rec-0001')
  expect(read).not.toMatch(SEALED)
  expect(read).not.toMatch(/a\*\*\*@example|auth_req|_authsecApprovals/)
})
