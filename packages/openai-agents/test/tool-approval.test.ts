import type { AuthSecClient } from '@authsec/core'
import type { ToolApprovalRules } from '@authsec/core/tool'
import type { Emulator } from '@authsec/emulator'
import { fastClock, testClient, testEmulator, watch } from '@authsec-internal/test-kit'
import {
  Agent,
  type FunctionTool,
  RunContext,
  type Tool,
  tool,
  toolNamespace,
} from '@openai/agents-core'
import { assistantMessage, functionCall, ScriptedModel } from '@openai/agents-core/testing'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { authsecToolApproval, type CallOptions, operationTool } from '../src/index.ts'
import { readAbout, runner, type Session, scripted } from './support.ts'

const clientOf = (emulator: Emulator, vault = {}): AuthSecClient =>
  testClient(emulator, {
    ciba: { loginHint: 'approver@example.com' },
    clock: fastClock,
    resources: [{ name: 'vault', baseUrl: emulator.vaultUrl, ...vault }],
  })

const rule = { message: 'Remove customer {id}?', timeoutMs: 60_000 }
const rules: ToolApprovalRules = { remove: rule }

/** An agent with a tool that AuthSec knows nothing of. */
function setUp(
  client: AuthSecClient | ((run: RunContext<Session>) => AuthSecClient | undefined),
  given = rules,
  options: CallOptions<Session> = {},
  args: object | string = { id: '42' },
) {
  const ran: string[] = []
  const remove = tool({
    name: 'remove',
    description: 'Removes a customer.',
    parameters: z.object({ id: z.string() }),
    inputGuardrails: [authsecToolApproval(client, given, options)],
    execute: ({ id }) => {
      ran.push(id)
      return 'removed'
    },
  })
  return { ran, ...scripted<Session>([remove], [[['remove', args, 'c1']]]) }
}

describe('the guardrail', () => {
  it('asks once, waits, and lets an approved call run', async () => {
    await using emulator = await testEmulator()
    emulator.control.scriptApproval('approve')
    const { ran, agent, model } = setUp(clientOf(emulator))
    const result = await runner.run(agent, 'go')
    expect([ran, result.finalOutput]).toEqual([['42'], 'over'])
    const bindingMessage = expect.stringMatching(/^Remove customer "42"\?/)
    expect(emulator.control.approvals()).toMatchObject([{ status: 'consumed', bindingMessage }])
    watch('the state', JSON.stringify(result.state))
    expect(readAbout(model, 'c1')).toContain('removed')
  })

  it('rejects what a person denies: the tool does not run, and the model reads why', async () => {
    await using emulator = await testEmulator()
    emulator.control.scriptApproval('deny')
    const { ran, agent, model } = setUp(clientOf(emulator))
    await runner.run(agent, 'go')
    expect([ran, readAbout(model, 'c1')]).toEqual([
      [],
      expect.stringContaining('The approver denied the request'),
    ])
  })

  it('rejects when nobody can be asked', async () => {
    await using emulator = await testEmulator()
    const { ran, agent, model } = setUp(testClient(emulator))
    await runner.run(agent, 'go')
    expect([ran, readAbout(model, 'c1')]).toEqual([[], expect.stringContaining('none can be')])
  })

  it('rejects when nobody answers within the time of the rule', async () => {
    await using emulator = await testEmulator()
    const { ran, agent } = setUp(clientOf(emulator), { remove: { ...rule, timeoutMs: 1 } })
    await runner.run(agent, 'go')
    expect(ran).toEqual([])
  })

  it('asks nobody about a tool without a rule, and about arguments for which the rule does not hold', async () => {
    await using emulator = await testEmulator()
    const when = (input: unknown): boolean => Object(input).id !== '42'
    const others: ToolApprovalRules[] = [{ add: rule }, { remove: { ...rule, when } }]
    for (const given of others) {
      const { ran, agent } = setUp(clientOf(emulator), given)
      await runner.run(agent, 'go')
      expect(ran).toEqual(['42'])
    }
    expect(emulator.control.approvals()).toHaveLength(0)
  })

  it('asks nobody about arguments that are no JSON', async () => {
    await using emulator = await testEmulator()
    const { ran, agent } = setUp(clientOf(emulator), rules, {}, '{"id":')
    await runner.run(agent, 'go')
    const guardrail = authsecToolApproval(clientOf(emulator), rules)
    const toolCall = {
      type: 'function_call' as const,
      name: 'remove',
      callId: 'c1',
      arguments: '{',
    }
    const { behavior } = await guardrail.run({ context: new RunContext(), agent, toolCall })
    expect([ran, behavior.type]).toEqual([[], 'rejectContent'])
    expect(emulator.control.approvals()).toHaveLength(0)
  })

  it('rejects a call that was changed while the person decided', async () => {
    await using emulator = await testEmulator()
    const guardrail = authsecToolApproval(clientOf(emulator), rules)
    const toolCall = {
      type: 'function_call' as const,
      name: 'remove',
      callId: 'c1',
      arguments: '{"id":"42"}',
    }
    const { agent } = setUp(clientOf(emulator))
    const asking = guardrail.run({ context: new RunContext(), agent, toolCall })
    await expect.poll(() => emulator.control.approvals().length).toBe(1)
    toolCall.arguments = '{"id":"43"}'
    emulator.control.approve()
    expect((await asking).behavior).toMatchObject({ type: 'rejectContent' })
  })

  it('takes client and user from the context of the run', async () => {
    await using emulator = await testEmulator()
    emulator.control.scriptApproval('approve')
    const users: unknown[] = []
    const client = testClient(emulator, {
      ciba: { loginHint: 'approver@example.com' },
      clock: fastClock,
      onEvent: (event) => {
        if (event.type === 'approval.started') users.push(event.user)
      },
    })
    const { ran, agent } = setUp(
      ({ context }) => (context.user === 'ann' ? client : undefined),
      rules,
      { user: ({ context }) => context.user },
    )
    await runner.run(agent, 'go', { context: { user: 'ann' } })
    expect([ran, users]).toEqual([['42'], ['ann']])
  })

  it('asks nobody twice about a tool of this package that enforces an approval', async () => {
    await using emulator = await testEmulator()
    emulator.control.scriptApproval('approve')
    const client = clientOf(emulator)
    for (const given of [client, () => client]) {
      const before = emulator.control.approvals().length
      const show = operationTool(given, {
        name: 'show',
        description: 'A record.',
        path: 'records/{id}',
        params: z.object({ id: z.string() }),
        approval: { message: 'Show {id}?' },
      })
      const inputGuardrails = [authsecToolApproval(client, { show: { message: 'Again {id}?' } })]
      emulator.control.scriptApproval('approve')
      const { agent, model } = scripted(
        [{ ...show, inputGuardrails }],
        [[['show', { id: 'rec-0001' }, 'c1']]],
      )
      await runner.run(agent, 'go')
      expect(readAbout(model, 'c1')).toContain('\\"ok\\":true')
      expect(emulator.control.approvals()).toHaveLength(before + 1)
    }
  })
})

describe('the guardrail of a tool that has the name of an own one', () => {
  const own = operationTool(undefined, {
    name: 'remove',
    description: 'Removes a customer.',
    path: 'records/{id}',
    params: z.object({ id: z.string() }),
    approval: { message: 'Remove {id}?' },
  })
  const spaced = (name: string, one: Tool): Tool[] => [
    ...toolNamespace({ name, description: 'A namespace.', tools: [one as FunctionTool] }),
  ]

  it.each<[string, (foreign: Tool) => Tool[], namespace?: string, name?: string]>([
    ['in a namespace', (foreign) => [own, ...spaced('crm', foreign)], 'crm'],
    [
      'in a namespace, in one text',
      (foreign) => [own, ...spaced('crm', foreign)],
      '',
      'crm.remove',
    ],
    [
      'instead of one that is disabled',
      (foreign) => [{ ...own, isEnabled: async () => false }, foreign],
    ],
    ['after one that is enabled, too', (foreign) => [own, foreign]],
    ['beside one in a namespace', (foreign) => [...spaced('vault', own), foreign]],
    [
      'beside one with a dot in its name',
      (foreign) => [{ ...own, name: 'crm.remove' }, ...spaced('crm', foreign)],
      'crm',
    ],
  ])(
    'asks, and lets nothing run that is denied: %s',
    async (_what, toolsOf, namespace, name = 'remove') => {
      await using emulator = await testEmulator()
      emulator.control.scriptApproval('deny')
      const ran: string[] = []
      const foreign = tool({
        name: 'remove',
        description: 'Removes a customer.',
        parameters: z.object({ id: z.string() }),
        inputGuardrails: [
          authsecToolApproval(clientOf(emulator), { remove: rule, 'crm.remove': rule }),
        ],
        execute: ({ id }) => {
          ran.push(id)
          return 'removed'
        },
      })
      const call = functionCall(
        name,
        { id: '42' },
        { callId: 'c1', ...(namespace && { namespace }) },
      )
      const model = new ScriptedModel([[call], [assistantMessage('over')]])
      await runner.run(new Agent({ name: 'a', model, tools: toolsOf(foreign) }), 'go')
      expect([ran, emulator.control.approvals().length]).toEqual([[], 1])
      expect(readAbout(model, 'c1')).toContain('The approver denied the request')
    },
  )
})
