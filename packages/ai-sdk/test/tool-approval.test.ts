import type { AuthSecClient } from '@authsec/core'
import type { Emulator } from '@authsec/emulator'
import {
  fastClock,
  notPlainJson,
  testClient,
  testEmulator,
  watch,
} from '@authsec-internal/test-kit'
import { generateText, isStepCount, tool } from 'ai'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { authsecToolApproval, operationTool } from '../src/index.ts'
import { callsOnce, readBack } from './model.ts'

const clientOf = (emulator: Emulator, vault = {}): AuthSecClient =>
  testClient(emulator, {
    ciba: { loginHint: 'approver@example.com' },
    clock: fastClock,
    resources: [{ name: 'vault', baseUrl: emulator.vaultUrl, ...vault }],
  })

/** A tool that AuthSec knows nothing of. */
function foreignTool(needsApproval?: boolean) {
  const ran: string[] = []
  const remove = tool({
    description: 'Removes a customer.',
    inputSchema: z.object({ id: z.string() }),
    ...(needsApproval !== undefined && { needsApproval }),
    execute: ({ id }) => {
      ran.push(id)
      return 'removed'
    },
  })
  return { ran, tools: { remove } }
}

const rules = { remove: { message: 'Remove customer {id}?', timeoutMs: 60_000 } }
const common = { prompt: 'go', stopWhen: isStepCount(5) }

describe('the approval policy', () => {
  it('asks once and lets an approved tool run', async () => {
    await using emulator = await testEmulator()
    emulator.control.scriptApproval('approve')
    const { ran, tools } = foreignTool()
    const model = callsOnce('remove', { id: '42' })
    const toolApproval = authsecToolApproval(clientOf(emulator), rules)
    const result = await generateText({ ...common, model, tools, toolApproval })
    expect([ran, result.text]).toEqual([['42'], 'over'])
    const bindingMessage = expect.stringMatching(/^Remove customer "42"\?/)
    expect(emulator.control.approvals()).toMatchObject([{ status: 'consumed', bindingMessage }])
    watch('steps', result.steps)
  })

  it('denies what a person denies: the tool does not run, and the model reads why', async () => {
    await using emulator = await testEmulator()
    emulator.control.scriptApproval('deny')
    const { ran, tools } = foreignTool()
    const model = callsOnce('remove', { id: '42' })
    const toolApproval = authsecToolApproval(clientOf(emulator), rules)
    await generateText({ ...common, model, tools, toolApproval })
    expect(ran).toEqual([])
    expect(JSON.stringify(readBack(model))).toMatch(
      /execution-denied.*The approver denied the request/,
    )
  })

  it('denies when nobody can be asked', async () => {
    await using emulator = await testEmulator()
    const policy = authsecToolApproval(testClient(emulator), rules)
    const answer = await policy({ toolCall: { toolName: 'remove', input: { id: '42' } } })
    expect(answer).toMatchObject({ type: 'denied', reason: expect.stringMatching(/none can be/) })
  })

  it('denies an input that was changed while the person decided', async () => {
    await using emulator = await testEmulator()
    const policy = authsecToolApproval(clientOf(emulator), rules)
    const input = { id: '42', more: ['x'] }
    const asking = policy({ toolCall: { toolName: 'remove', input } })
    await expect.poll(() => emulator.control.approvals().length).toBe(1)
    input.more.push('y')
    emulator.control.approve()
    const reason = expect.stringMatching(/not the one that was approved/)
    expect(await asking).toEqual({ type: 'denied', reason })
  })

  it('runs nothing when a tool’s input is changed while the person decides, in the real loop', async () => {
    await using emulator = await testEmulator()
    const { ran, tools } = foreignTool()
    const model = callsOnce('remove', { id: '42' })
    const policy = authsecToolApproval(clientOf(emulator), rules)
    const inputs: unknown[] = []
    const result = generateText({
      ...common,
      model,
      tools,
      toolApproval(question) {
        inputs.push(question.toolCall.input)
        return policy(question)
      },
    })
    await expect.poll(() => emulator.control.approvals().length).toBe(1)
    for (const input of inputs) Object.assign(Object(input), { id: '43' })
    emulator.control.approve()
    await result
    expect(ran).toEqual([])
    expect(JSON.stringify(readBack(model))).toMatch(/not the one that was approved/)
  })

  it.each(notPlainJson())(
    'denies %s, about which nobody can be asked exactly',
    async (_what, value) => {
      await using emulator = await testEmulator()
      const policy = authsecToolApproval(clientOf(emulator), rules)
      const answer = await policy({ toolCall: { toolName: 'remove', input: { id: value } } })
      expect(answer).toMatchObject({ type: 'denied', reason: expect.stringMatching(/plain JSON/) })
      expect(emulator.control.approvals()).toEqual([])
    },
  )

  it('asks only where its rule says so, and nobody about tools without a rule', async () => {
    await using emulator = await testEmulator()
    const when = (input: unknown): boolean => JSON.stringify(input).includes('admin')
    const policy = authsecToolApproval(clientOf(emulator), { remove: { ...rules.remove, when } })
    for (const toolName of ['remove', 'other', 'toString']) {
      expect(await policy({ toolCall: { toolName, input: { id: '42' } } })).toBeUndefined()
    }
    expect(emulator.control.approvals()).toEqual([])
  })

  it('does not switch off the needsApproval of a tool that it has no rule for', async () => {
    await using emulator = await testEmulator()
    const { ran, tools } = foreignTool(true)
    const model = callsOnce('remove', { id: '42' })
    const toolApproval = authsecToolApproval(clientOf(emulator), {})
    const result = await generateText({ ...common, model, tools, toolApproval })
    expect(ran).toEqual([])
    expect(result.content.at(-1)).toMatchObject({ type: 'tool-approval-request' })
  })
})

describe('a rule on the tool and one in the policy', () => {
  const calls = [
    ['of its own', {}, { approval: { message: 'Show {id}?', timeoutMs: 60_000 } }, 'GET'],
    [
      'of its resource',
      { methods: ['POST'], approval: { message: 'Send {id}?', timeoutMs: 60_000 } },
      {},
      'POST',
    ],
  ] as const

  it.each(calls)('%s ask one person one question', async (_whose, vault, own, method) => {
    await using emulator = await testEmulator()
    emulator.control.scriptApproval('approve', 'approve')
    const client = clientOf(emulator, vault)
    const show = operationTool(client, {
      description: 'A record.',
      path: 'records/{id}',
      params: z.object({ id: z.string() }),
      method,
      ...own,
    })
    const toolApproval = authsecToolApproval(client, { show: { message: 'Policy: {id}?' } })
    const model = callsOnce('show', { id: 'rec-0001' })
    await generateText({ ...common, model, tools: { show }, toolApproval })
    const bindingMessage = expect.stringMatching(/^(Show|Send) "rec-0001"\?/)
    expect(emulator.control.approvals()).toMatchObject([{ status: 'consumed', bindingMessage }])
  })

  it('a policy that would let everything pass does not reach past the tool’s own rule', async () => {
    await using emulator = await testEmulator()
    emulator.control.scriptApproval('deny')
    const show = operationTool(clientOf(emulator), {
      description: 'A record.',
      path: 'records/{id}',
      params: z.object({ id: z.string() }),
      approval: { message: 'Show {id}?', timeoutMs: 60_000 },
    })
    const model = callsOnce('show', { id: 'rec-0001' })
    const toolApproval = (): 'approved' => 'approved'
    await generateText({ ...common, model, tools: { show }, toolApproval })
    expect(readBack(model)).toMatchObject([{ output: { value: { code: 'approval_denied' } } }])
    expect(emulator.requests.some(({ path }) => path.startsWith('/secure-vault'))).toBe(false)
  })

  const guarded = (client: AuthSecClient) =>
    operationTool(client, {
      description: 'A record.',
      path: 'records/{id}',
      params: z.object({ id: z.string() }),
      approval: { message: 'Show {id}?', timeoutMs: 60_000 },
    })
  type Guarded = ReturnType<typeof guarded>

  async function questionsOfPolicy(copy: (tool: Guarded) => object): Promise<number> {
    await using emulator = await testEmulator()
    emulator.control.scriptApproval('approve')
    const client = clientOf(emulator)
    const policy = authsecToolApproval(client, { show: { message: 'Policy: {id}?' } })
    const tools = { show: copy(guarded(client)) }
    await policy({ toolCall: { toolName: 'show', input: { id: '42' } }, tools })
    return emulator.control.approvals().length
  }

  it.each<[string, (tool: Guarded) => object]>([
    ['a spread copy', (show) => ({ ...show })],
    ['a copy with another description', (show) => ({ ...show, description: 'Other.' })],
    ['Object.assign', (show) => Object.assign({}, show)],
    ['tool() of the SDK', (show) => tool({ ...show })],
    ['an object that inherits', (show) => Object.create(show)],
  ])('leave the question to the tool, when it is copied by %s', async (_how, copy) => {
    expect(await questionsOfPolicy(copy)).toBe(0)
  })

  it.each<[string, (tool: Guarded) => object]>([
    ['in a copy', (show) => ({ ...show, execute: async () => 'done' })],
    ['around the old one', (show) => ({ ...show, execute: (id: never) => show.execute(id) })],
    ['in an object that inherits', (show) => Object.create(show, { execute: { value: () => 1 } })],
    ['that is missing', ({ description }) => ({ description })],
    ['that is no function', (show) => ({ ...show, execute: {} })],
  ])('ask by the policy, when the tool has another execute %s', async (_how, copy) => {
    expect(await questionsOfPolicy(copy)).toBe(1)
  })
})

describe('a rule whose approver depends on the user of the tool', () => {
  const managers: Readonly<Record<string, string>> = { ann: 'approver@example.com' }
  type ApproverOf = (call: unknown, user?: string) => string | undefined

  const approvers: [string, ApproverOf][] = [
    ['nobody for an unknown user', (_call, user) => managers[user ?? '']],
    ['an empty text', (_call, user) => (user === 'ann' ? 'approver@example.com' : '')],
    ['a text of spaces', (_call, user) => (user === 'ann' ? 'approver@example.com' : '  ')],
    [
      'an error',
      (_call, user) => {
        if (user === 'ann') return 'approver@example.com'
        throw new Error(`nobody decides for ${user}`)
      },
    ],
  ]

  it.each(approvers)(
    'is enforced by the tool alone, and without its user it is %s',
    async (_what, approver) => {
      await using emulator = await testEmulator()
      const client = clientOf(emulator, {
        methods: ['POST'],
        approval: { message: 'Send {id}?', approver, timeoutMs: 60_000 },
      })
      for (const given of [client, () => client]) {
        const send = operationTool(given, {
          description: 'Sends.',
          method: 'POST',
          path: 'records/{id}',
          params: z.object({ id: z.string() }),
          user: (context) => Object(context).user,
        })
        const policy = authsecToolApproval(client, { send: { message: 'Again {id}?' } })
        const toolCall = { toolName: 'send', toolCallId: 'c1', input: { id: 'rec-0001' } }
        const question = { toolCall, tools: { send }, toolsContext: { send: { user: 'ann' } } }
        expect(await policy(question)).toBeUndefined()
        expect(emulator.control.approvals()).toEqual([])
      }
    },
  )
})
