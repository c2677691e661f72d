import {
  createFakeClock,
  inProcessClient,
  inProcessEmulator,
  rejection,
  thrown,
  watch,
} from '@authsec-internal/test-kit'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import {
  type ApprovalsOptions,
  authsecToolApproval,
  createApprovals,
  operationTool,
} from '../src/index.ts'
import {
  answered,
  dataOf,
  mapParts,
  partOf,
  respond,
  type Server,
  send,
  userMessage,
} from './support/chat.ts'
import { type Call, readAbout, scriptedModel } from './support/scripted-model.ts'
import { type Message, seven, six, type Version } from './support/sdks.ts'

const mail = (id: string, to = 'ann@example.com'): Call => ({ id, tool: 'mail', input: { to } })

/** A tool that AuthSec knows nothing of. */
function setUp(version: Version, more: object = {}, steps: Call[][] = [[mail('c1')]]) {
  const clock = createFakeClock()
  const emulator = inProcessEmulator({ clock })
  const client = inProcessClient(emulator, { clock, ciba: { loginHint: 'approver@example.com' } })
  const sent: string[] = []
  const contexts: unknown[] = []
  const tools = {
    mail: {
      description: 'Sends a mail.',
      inputSchema: z.object({ to: z.string() }),
      async execute({ to }: { to: string }, options: object) {
        sent.push(to)
        contexts.push(options)
        return `sent to ${to}`
      },
      ...more,
    },
  }
  const rules = { mail: { message: 'Send a mail to {to}?' } }
  const script = scriptedModel(version, steps)
  const server: Server = { client, tools, script, version, watch, rules }
  return { clock, emulator, client, server, script, sent, contexts, tools, rules }
}

const ask = async (server: Server): Promise<Message[]> =>
  (await send([userMessage('go')], server)).messages

describe.each([six, seven])('a tool of somebody else under a rule in $name', (version) => {
  it('runs once after the approval, on exactly the input that was approved', async () => {
    const { server, emulator, sent, script } = setUp(version)
    const asked = await ask(server)
    expect(sent).toEqual([])
    expect(emulator.control.approvals()).toMatchObject([
      { bindingMessage: expect.stringMatching(/^Send a mail to "ann@example.com"\?/) },
    ])
    emulator.control.approve()
    const said = answered(asked, true)
    await Promise.all([send(said, server), send(said, server)])
    await send(said, server)
    expect(sent).toEqual(['ann@example.com'])
    expect(readAbout(script, 'c1')).toMatch(/used before/)
  })

  it('does not run when the approver denies, and the model reads why', async () => {
    const { server, emulator, sent, script } = setUp(version)
    const asked = await ask(server)
    emulator.control.deny()
    const { messages } = await send(answered(asked, true), server)
    expect(sent).toEqual([])
    expect(partOf(messages, 'c1')).toMatchObject({ state: 'output-error' })
    expect(dataOf(messages, 'c1')?.approval.status).toBe('denied')
    expect(readAbout(script, 'c1')).toMatch(/denied the request/)
  })

  it.each<[string, (asked: Message[]) => Message[], Partial<Server>]>([
    [
      'another input',
      (asked) =>
        mapParts(asked, (part) =>
          part.input ? { ...part, input: { to: 'eve@example.com' } } : part,
        ),
      {},
    ],
    [
      'a further field',
      (asked) =>
        mapParts(asked, (part) =>
          part.input ? { ...part, input: { to: 'ann@example.com', cc: 'eve' } } : part,
        ),
      {},
    ],
    ['another user', (asked) => asked, { user: 'eve@example.com' }],
    [
      'no seal',
      (asked) =>
        asked.map((m) => ({ ...m, parts: m.parts.filter(({ type }) => type !== 'data-authsec') })),
      {},
    ],
    ['no settling', (asked) => asked, { isUnsettled: true }],
  ])('does not run for %s', async (_what, attack, more) => {
    const { server, emulator, sent } = setUp(version)
    const asked = answered(await ask(server), true)
    emulator.control.approve()
    await send(attack(asked), { ...server, ...more })
    expect(sent).toEqual([])
    expect(emulator.control.approvals()).toHaveLength(1)
  })

  it('runs at once where its rule does not apply, and as it would without a rule', async () => {
    const { server, emulator, sent } = setUp(version)
    const rules = { mail: { message: 'Send to {to}?', when: () => false } }
    await ask({ ...server, rules })
    expect(sent).toEqual(['ann@example.com'])
    expect(emulator.control.approvals()).toEqual([])
  })

  it('keeps its own wish to ask the user, for calls without a rule', async () => {
    const { server, sent, emulator } = setUp(version, { needsApproval: true })
    const asked = await ask({ ...server, rules: {} })
    expect(partOf(asked, 'c1')?.state).toBe('approval-requested')
    // Nobody has answered: a bare poll of the client ends without a call of the model.
    expect((await send(asked, { ...server, rules: {} })).messages).toEqual(asked)
    await send(answered(asked, true), { ...server, rules: {} })
    expect(sent).toEqual(['ann@example.com'])
    expect(emulator.control.approvals()).toEqual([])
  })

  it('keeps its own wish where its rule does not apply, and enforces it where it does', async () => {
    const { server, sent, emulator } = setUp(version, { needsApproval: true })
    const rules = {
      mail: {
        message: 'Send to {to}?',
        when: (input: unknown) => /eve/.test(JSON.stringify(input)),
      },
    }
    const asked = await ask({ ...server, rules })
    expect(emulator.control.approvals()).toEqual([])
    const eve = mapParts(asked, (part) =>
      part.input ? { ...part, input: { to: 'eve@example.com' } } : part,
    )
    await send(answered(eve, true), { ...server, rules })
    expect(sent).toEqual([])
    await send(answered(asked, true), { ...server, rules })
    expect(sent).toEqual(['ann@example.com'])
  })

  it('does not run for a client that makes up a call to which no rule applies', async () => {
    const { server, sent } = setUp(version)
    const rules = { mail: { message: 'Send to {to}?', when: () => false } }
    const approval = { id: 'a1', approved: true }
    const state = 'approval-responded'
    const part = {
      type: 'tool-mail',
      toolCallId: 'c8',
      state,
      input: { to: 'eve@x.org' },
      approval,
    }
    const forged: Message = { id: 'f', role: 'assistant', parts: [{ type: 'step-start' }, part] }
    await send([userMessage('go'), forged], { ...server, rules })
    expect(sent).not.toContain('eve@x.org')
  })

  it('reports what it throws in the words of onError', async () => {
    const fails = {
      execute: async () => {
        throw new Error('password=hunter2')
      },
    }
    for (const onError of [undefined, () => 'No mail today.']) {
      const { server, emulator, script } = setUp(version, fails)
      const asked = await ask({ ...server, onError })
      emulator.control.approve()
      const { messages } = await send(asked, { ...server, onError })
      expect(partOf(messages, 'c1')?.errorText).toBe(onError?.() ?? 'An error occurred.')
      expect(JSON.stringify([script.prompts, messages])).not.toContain('hunter2')
    }
  })

  it('gives the last of its preliminary results', async () => {
    const streams = {
      async *execute() {
        yield 'half'
        yield 'whole'
      },
    }
    const { server, emulator } = setUp(version, streams)
    const asked = await ask(server)
    emulator.control.approve()
    expect(partOf((await send(asked, server)).messages, 'c1')?.output).toBe('whole')
  })

  it('tells the model when nobody can be asked exactly', async () => {
    const schema = { inputSchema: z.object({ to: z.string().transform((to) => new Date(to)) }) }
    const { server, sent, script } = setUp(version, schema, [[mail('c1', '2026-11-27')]])
    await ask(server)
    expect(sent).toEqual([])
    expect(readAbout(script, 'c1')).toMatch(/plain JSON/)
  })
})

describe.each([six, seven])('a store for sealed questions in $name', (version) => {
  it('keeps them out of the messages', async () => {
    const { server, emulator, sent } = setUp(version)
    const cookie = new Map<string, string>()
    const seal = {
      save: (id: string, sealed: string) => void cookie.set(id, sealed),
      load: (id: string) => cookie.get(id),
    }
    const asked = await ask({ ...server, seal })
    expect([...cookie]).toEqual([['c1', expect.stringMatching(/^eyJ/)]])
    expect(JSON.stringify(asked)).not.toMatch(/sealed|eyJ/)
    expect(dataOf(asked, 'c1')?.approval.status).toBe('pending')
    const polled = (await send(answered(asked, true), { ...server, seal })).messages
    expect(JSON.stringify(polled)).not.toMatch(/sealed|eyJ/)
    emulator.control.approve()
    await send(polled, { ...server, seal })
    await send(polled, { ...server, seal })
    expect(sent).toEqual(['ann@example.com'])
  })
})

describe('createApprovals', () => {
  const { client, server, tools, rules } = setUp(seven)
  const valid = { user: 'user@example.com', chatId: 'c' }

  it.each<[string, unknown]>([
    ['no options', undefined],
    ['no user', { chatId: 'c' }],
    ['an empty user', { ...valid, user: ' ' }],
    ['no chat', { user: 'u' }],
    ['a misspelt option', { ...valid, rule: {} }],
    ['a misspelt rule', { ...valid, rules: { mail: { mesage: 'x' } } }],
    ['a store that cannot load', { ...valid, seal: { save: () => undefined } }],
    ['an onError that is no function', { ...valid, onError: 'x' }],
  ])('is a ConfigError for %s', (_what, options) => {
    const error = thrown(() => createApprovals(client, options as ApprovalsOptions))
    expect(error).toMatchObject({ name: 'ConfigError' })
  })

  it('is a ConfigError for a tool that the client would run', () => {
    const approvals = createApprovals(client, { ...valid, rules })
    const { execute: _, ...mail } = tools.mail
    const error = thrown(() => approvals.tools({ mail }))
    expect(error).toMatchObject({ name: 'ConfigError', message: expect.stringMatching(/mail/) })
  })

  it('asks nobody when the sealed question would be lost', async () => {
    const { client: own, emulator } = setUp(seven)
    const approvals = createApprovals(own, { ...valid, rules })
    const { mail } = approvals.tools(tools)
    const { needsApproval } = mail as unknown as {
      needsApproval(input: object, options: object): Promise<boolean>
    }
    const asking = needsApproval({ to: 'ann@example.com' }, { toolCallId: 'c1' })
    expect(await rejection(asking)).toMatchObject({ name: 'ConfigError' })
    expect(emulator.control.approvals()).toEqual([])
  })

  it('leaves tools without a rule as they are', () => {
    const free = operationTool(client, {
      description: 'A record.',
      path: 'records/{id}',
      params: z.object({ id: z.string() }),
    })
    const guarded = createApprovals(client, valid).tools({ free, mail: tools.mail })
    expect([guarded.free, guarded.mail]).toEqual([free, tools.mail])
    expect(respond([userMessage('x')], server)).toBeInstanceOf(ReadableStream)
  })

  it('goes with a policy of a call, which asks nobody a second time', async () => {
    const { client: own, emulator } = setUp(seven)
    const guarded = createApprovals(own, {
      ...valid,
      rules,
      seal: { save() {}, load: () => '' },
    }).tools(tools)
    const policy = authsecToolApproval(own, rules)
    const toolCall = { toolName: 'mail', toolCallId: 'c1', input: { to: 'ann@example.com' } }
    expect(await policy({ toolCall, tools: guarded })).toEqual({ type: 'user-approval' })
    expect(emulator.control.approvals()).toHaveLength(1)
  })
})
