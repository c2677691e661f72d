import {
  anotherProcess,
  fastClock,
  notPlainJson,
  testClient,
  testEmulator,
} from '@authsec-internal/test-kit'
import { Agent } from '@mastra/core/agent'
import { createTool } from '@mastra/core/tools'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { authsecBeforeToolCall, type BeforeToolCallOptions, operationTool } from '../src/index.ts'
import { callsOnce } from './model.ts'

type TestEmulator = Awaited<ReturnType<typeof testEmulator>>

const clientOf = (emulator: TestEmulator) =>
  testClient(emulator, {
    ciba: { loginHint: 'approver@example.com' },
    // Each agent is one of a process of its own, which has no token yet.
    ...anotherProcess(fastClock),
  })

const approvals = { remove: { message: 'Remove {id}?', timeoutMs: 60_000 } }

/** An agent with a tool that AuthSec knows nothing of, behind the hook. */
async function runBehindHook(emulator: TestEmulator, options: BeforeToolCallOptions = {}) {
  const ran: string[] = []
  const remove = createTool({
    id: 'remove',
    description: 'Removes a customer.',
    inputSchema: z.object({ id: z.string() }),
    execute: async ({ id }) => ({ removed: ran.push(id) }),
  })
  const { model, readBack } = callsOnce('remove', { id: '42' })
  const hooks = { beforeToolCall: authsecBeforeToolCall(clientOf(emulator), options) }
  const agent = new Agent({ id: 'a', name: 'a', instructions: '', model, tools: { remove }, hooks })
  await agent.generate('go')
  return { ran, readBack: JSON.stringify(readBack()) }
}

describe('the hook', () => {
  it('lets tools run while there is a delegation, and none once it was revoked', async () => {
    await using emulator = await testEmulator()
    expect((await runBehindHook(emulator)).ran).toEqual(['42'])
    emulator.control.revoke()
    const { ran, readBack } = await runBehindHook(emulator)
    expect(ran).toEqual([])
    expect(readBack).toMatch(/"ok":false,"code":"no_active_delegation"/)
  })

  it.each([
    ['approve', ['42'], /removed/],
    ['deny', [], /"code":"approval_denied"/],
  ] as const)('asks a person where a rule says so: %s', async (script, expected, told) => {
    await using emulator = await testEmulator()
    emulator.control.scriptApproval(script)
    const { ran, readBack } = await runBehindHook(emulator, { approvals })
    expect(ran).toEqual(expected)
    expect(readBack).toMatch(told)
    expect(emulator.control.approvals()).toHaveLength(1)
  })

  it('stops a call whose input was changed while the person decided', async () => {
    await using emulator = await testEmulator()
    const ran: unknown[] = []
    const remove = createTool({
      id: 'remove',
      description: 'Removes a customer.',
      inputSchema: z.object({ id: z.string() }),
      execute: async (input) => ({ removed: ran.push(input) }),
    })
    const { model, readBack } = callsOnce('remove', { id: '42' })
    const hook = authsecBeforeToolCall(clientOf(emulator), { approvals })
    const inputs: unknown[] = []
    const hooks = {
      beforeToolCall(call: { toolName: string; input: unknown; context: unknown }) {
        inputs.push(call.input)
        return hook(call)
      },
    }
    const agent = new Agent({
      id: 'a',
      name: 'a',
      instructions: '',
      model,
      tools: { remove },
      hooks,
    })
    const run = agent.generate('go')
    await expect.poll(() => emulator.control.approvals().length).toBe(1)
    for (const input of inputs) Object.assign(Object(input), { id: '43' })
    emulator.control.approve()
    await run
    expect(ran).toEqual([])
    expect(JSON.stringify(readBack())).toMatch(/"code":"approval_mismatch"/)
  })

  it('stops a call whose input is not plain JSON, about which nobody can be asked exactly', async () => {
    await using emulator = await testEmulator()
    const client = testClient(emulator, { ciba: { loginHint: 'approver@example.com' } })
    const hook = authsecBeforeToolCall(client, { approvals })
    for (const [what, value] of notPlainJson()) {
      const answer = await hook({ toolName: 'remove', input: { id: value } })
      const expected = { proceed: false, output: { code: 'action_not_json' } }
      expect(answer, what).toMatchObject(expected)
    }
    expect(emulator.control.approvals()).toEqual([])
  })

  it('stops when its signal aborts, before anything is asked', async () => {
    await using emulator = await testEmulator()
    const signal = AbortSignal.abort(new Error('stopped'))
    const hook = authsecBeforeToolCall(clientOf(emulator), { approvals })
    const call = { toolName: 'remove', input: {}, context: { abortSignal: signal } }
    await expect(hook(call)).rejects.toThrow('stopped')
    expect(emulator.requests).toHaveLength(0)
  })

  it('and a rule on the tool ask one person one question', async () => {
    await using emulator = await testEmulator()
    emulator.control.scriptApproval('approve', 'approve')
    const client = clientOf(emulator)
    const show = operationTool(client, {
      name: 'show',
      description: 'A record.',
      path: 'records/{id}',
      params: z.object({ id: z.string() }),
      approval: { message: 'Show {id}?', timeoutMs: 60_000 },
    })
    const tools = { show }
    const rules = { show: { message: 'Hook: {id}?' } }
    const hooks = { beforeToolCall: authsecBeforeToolCall(client, { approvals: rules, tools }) }
    const { model, readBack } = callsOnce('show', { id: 'rec-0001' })
    await new Agent({ id: 'a', name: 'a', instructions: '', model, tools, hooks }).generate('go')
    expect(readBack()).toMatchObject([{ output: { value: { ok: true } } }])
    const bindingMessage = expect.stringMatching(/^Show "rec-0001"\?/)
    expect(emulator.control.approvals()).toMatchObject([{ status: 'consumed', bindingMessage }])
  })

  const guarded = (client: ReturnType<typeof clientOf>) =>
    operationTool(client, {
      name: 'show',
      description: 'A record.',
      path: 'records/{id}',
      params: z.object({ id: z.string() }),
      approval: { message: 'Show {id}?', timeoutMs: 60_000 },
    })
  type Guarded = ReturnType<typeof guarded>

  async function questionsOfHook(copy: (tool: Guarded) => object): Promise<number> {
    await using emulator = await testEmulator()
    emulator.control.scriptApproval('approve')
    const client = clientOf(emulator)
    const tools = { show: copy(guarded(client)) }
    const hook = authsecBeforeToolCall(client, { approvals: { show: { message: 'Hook?' } }, tools })
    await hook({ toolName: 'show', input: { id: '42' } })
    return emulator.control.approvals().length
  }

  it.each<[string, (tool: Guarded) => object]>([
    ['a spread', (show) => ({ ...show })],
    ['a spread with another description', (show) => ({ ...show, description: 'Other.' })],
    ['Object.assign', (show) => Object.assign({}, show)],
    ['inheritance', (show) => Object.create(show)],
  ])('leave the question to a tool that is copied by %s', async (_how, copy) => {
    expect(await questionsOfHook(copy)).toBe(0)
  })

  it.each<[string, (tool: Guarded) => object]>([
    ['in a spread copy', (show) => ({ ...show, execute: async () => 'done' })],
    ['set on the tool itself', (show) => Object.assign(show, { execute: async () => 'done' })],
    ['in an object that inherits', (show) => Object.create(show, { execute: { value: () => 1 } })],
    ['made by createTool', (show) => createTool({ ...show, id: 'copy' } as never)],
  ])('ask by the hook, when the tool has another execute %s', async (_how, copy) => {
    expect(await questionsOfHook(copy)).toBe(1)
  })

  it('a tool runs without a context', async () => {
    await using emulator = await testEmulator()
    emulator.control.scriptApproval('approve')
    const { execute } = guarded(clientOf(emulator))
    expect(await execute?.({ id: 'rec-0001' }, undefined as never)).toMatchObject({ ok: true })
  })
})
