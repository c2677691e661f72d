import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createFileStore } from '@authsec/core/store'
import { watch } from '@authsec-internal/test-kit'
import { RunContext, RunState, tool } from '@openai/agents-core'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { operationTool, settleApprovals } from '../src/index.ts'
import {
  type Call,
  inAnotherProcess,
  readAbout,
  runner,
  type Session,
  scripted,
  setUp,
} from './support.ts'

const show = (id: string, record = 'rec-0001'): Call => ['show', { id: record }, id]
const free = (id: string): Call => ['free', { id: 'rec-0003' }, id]
const context = { user: 'ann' }
const keys = [{ kid: 'k1', key: crypto.getRandomValues(new Uint8Array(32)) }]
const folder = (): string => mkdtempSync(join(tmpdir(), 'authsec-agents-'))

async function paused(bench: ReturnType<typeof setUp>, steps: Call[][] = [[show('c1')]]) {
  const { agent, model } = scripted(bench.toolsOf(), steps)
  const { state } = await runner.run(agent, 'go', { context })
  const settled = await settleApprovals(state)
  watch('settled', settled)
  return { agent, model, state, settled }
}

describe('a run that pauses for a person', () => {
  it('stops at the call, and executes it once after the approval', async () => {
    const bench = setUp()
    const { agent, model, state, settled } = await paused(bench)
    expect(settled).toMatchObject({
      proceed: false,
      waiting: [{ toolCallId: 'c1', toolName: 'show', approval: { status: 'pending' } }],
    })
    expect([bench.questions().length, bench.executed(), model.calls.length]).toEqual([1, [], 1])

    expect((await settleApprovals(state)).proceed).toBe(false)
    bench.emulator.control.approve()
    expect(await settleApprovals(state)).toEqual({ proceed: true, waiting: [] })
    const done = await runner.run(agent, state)
    expect([done.finalOutput, bench.executed(), bench.questions().length]).toEqual([
      'over',
      ['rec-0001'],
      1,
    ])
    expect(readAbout(model, 'c1')).toMatch(/\\"ok\\":true/)
  })

  it('pauses and goes on as a stream, too', async () => {
    const bench = setUp()
    const { agent, model } = scripted(bench.toolsOf(), [[show('c1')]])
    const asked = await runner.run(agent, 'go', { context, stream: true })
    for await (const event of asked) watch('an event', JSON.stringify(event))
    await asked.completed
    expect((await settleApprovals(asked.state)).proceed).toBe(false)
    bench.emulator.control.approve()
    await settleApprovals(asked.state)
    const done = await runner.run(agent, asked.state, { stream: true })
    for await (const event of done) watch('an event', JSON.stringify(event))
    await done.completed
    expect([done.finalOutput, bench.executed()]).toEqual(['over', ['rec-0001']])
    expect(readAbout(model, 'c1')).toMatch(/\\"ok\\":true/)
  })

  it('goes on in another process that has the keys, also with a context of its own', async () => {
    for (const replaced of [false, true]) {
      const bench = setUp({ approvals: { keys } })
      const { agent, state } = await paused(bench)
      bench.emulator.control.approve()
      const next = scripted(bench.toolsOf(), [])
      const read = replaced
        ? await RunState.fromStringWithContext(
            next.agent,
            JSON.stringify(state),
            new RunContext<Session>(context),
            { contextStrategy: 'replace' },
          )
        : await inAnotherProcess(next.agent, state)
      expect((await settleApprovals(read)).proceed).toBe(true)
      await runner.run(next.agent, read)
      expect([bench.executed(), bench.questions().length, agent.name]).toEqual([
        ['rec-0001'],
        1,
        'a',
      ])
      expect(readAbout(next.model, 'c1')).toMatch(/\\"ok\\":true/)
    }
  })

  it('goes on when the process dies after the answer was collected, with a store', async () => {
    const bench = setUp({ approvals: { keys }, store: createFileStore({ directory: folder() }) })
    const { state } = await paused(bench)
    bench.emulator.control.approve()
    await settleApprovals(state)
    const next = scripted(bench.toolsOf(), [])
    const read = await inAnotherProcess(next.agent, state)
    expect((await settleApprovals(read)).proceed).toBe(true)
    await runner.run(next.agent, read)
    expect([bench.executed(), bench.questions().length]).toEqual([['rec-0001'], 1])
  })

  it('keeps the question in the stored state as a sealed text, and nothing that opens it', async () => {
    const bench = setUp()
    const { state } = await paused(bench)
    const text = JSON.stringify(state)
    watch('the stored state', text)
    const [{ authReqId } = { authReqId: '' }] = bench.questions()
    expect(authReqId).not.toBe('')
    expect(text).not.toContain(authReqId)
    expect(text).toMatch(/"sealed":"eyJ/)
    bench.emulator.control.approve()
    await settleApprovals(state)
    watch('the settled state', JSON.stringify(state))
    expect(JSON.stringify(state.history)).not.toContain('sealed')
  })

  it('keeps the sealed text from the model', async () => {
    const bench = setUp()
    const { agent, model, state } = await paused(bench)
    bench.emulator.control.approve()
    await settleApprovals(state)
    const result = await runner.run(agent, state)
    const prompts = JSON.stringify(model.calls.map(({ request }) => request.input))
    expect(prompts).not.toMatch(/sealed|authsec\.approval/)
    watch(
      'the result',
      result.newItems.map((item) => item.toJSON()),
    )
    await settleApprovals(result.state)
    expect(JSON.stringify(result.state)).not.toContain('sealed')
  })

  it.each([
    ['a denial', 'deny', 'approval_denied'],
    ['no answer in time', 'expire', 'approval_expired'],
  ])('ends the call with what the model reads after %s', async (_what, how, code) => {
    const bench = setUp()
    const { agent, model, state } = await paused(bench)
    if (how === 'deny') bench.emulator.control.deny()
    else await bench.clock.advance(600_000)
    expect(await settleApprovals(state)).toEqual({ proceed: true, waiting: [] })
    // A second look changes nothing, and asks nobody again.
    expect(await settleApprovals(state)).toEqual({ proceed: true, waiting: [] })
    await runner.run(agent, state)
    expect(readAbout(model, 'c1')).toContain(code)
    expect([bench.executed(), bench.questions().length]).toEqual([[], 1])
  })

  it('executes what nobody has to decide about at once, and asks one approver one question at a time', async () => {
    const bench = setUp({ approvals: { openPerApprover: 1 } })
    const steps = [[show('c1', 'rec-0001'), free('c2'), show('c3', 'rec-0002')]]
    const { agent, model, state, settled } = await paused(bench, steps)
    expect(bench.executed()).toEqual(['rec-0003'])
    expect(
      settled.waiting.map(({ toolCallId, approval }) => [toolCallId, approval?.status]),
    ).toEqual([
      ['c1', 'pending'],
      ['c3', undefined],
    ])
    bench.answer('approve', 'rec-0001')
    expect((await settleApprovals(state)).waiting).toMatchObject([
      { toolCallId: 'c3', approval: { status: 'pending' } },
    ])
    bench.answer('deny', 'rec-0002')
    expect((await settleApprovals(state)).proceed).toBe(true)
    await runner.run(agent, state)
    expect(bench.executed()).toEqual(['rec-0003', 'rec-0001'])
    expect(readAbout(model, 'c3')).toContain('approval_denied')
    expect(bench.questions()).toHaveLength(2)
  })
})

describe('the rule of a resource', () => {
  const rule = { message: 'Send {id}?', approver: 'approver@example.com' }
  const sends = { name: 'send', description: 'Sends.', path: 'records/{id}', method: 'POST' }

  it.each<[string, 'suspend' | 'block', 'known' | 'named in each call', number]>([
    ['pauses the run', 'suspend', 'known', 1],
    ['pauses the run', 'suspend', 'named in each call', 1],
    ['does not pause the run', 'block', 'known', 0],
    ['does not pause the run', 'block', 'named in each call', 0],
  ])('%s under `wait: %s`, with a client that is %s', async (_what, wait, how, pauses) => {
    const bench = setUp()
    const client = bench.newClient({
      resources: [
        {
          name: 'vault',
          baseUrl: 'https://emulator.test/secure-vault/',
          methods: ['GET', 'POST'],
          approval: { ...rule, wait, timeoutMs: 1_000 },
        },
      ],
    })
    const send = operationTool(how === 'known' ? client : () => client, {
      ...sends,
      params: z.object({ id: z.string() }),
    })
    const { agent } = scripted([send], [[['send', { id: 'rec-0001' }, 'c1']]])
    const running = runner.run(agent, 'go')
    if (wait === 'block') {
      await expect.poll(() => bench.questions().length).toBe(1)
      bench.emulator.control.deny()
      await bench.clock.advance(30_000)
    }
    const { interruptions, state } = await running
    expect(interruptions).toHaveLength(pauses)
    await settleApprovals(state)
    expect([bench.questions().length, bench.executed()]).toEqual([1, []])
  })
})

it('an interruption of a tool of somebody else is left to the program', async () => {
  const bench = setUp()
  const foreign = tool<z.ZodObject, Session>({
    name: 'foreign',
    description: 'Foreign.',
    parameters: z.object({}),
    needsApproval: true,
    execute: () => 'done',
  })
  const { agent, model } = scripted(
    [...bench.toolsOf(), foreign],
    [[show('c1'), ['foreign', {}, 'c2']]],
  )
  const { state } = await runner.run<typeof agent, Session>(agent, 'go', { context })
  expect((await settleApprovals(state)).waiting).toMatchObject([{ toolCallId: 'c1' }])
  bench.emulator.control.approve()
  expect(await settleApprovals(state)).toEqual({ proceed: false, waiting: [] })
  for (const item of state.getInterruptions()) if (item.name === 'foreign') state.approve(item)
  expect(await settleApprovals(state)).toEqual({ proceed: true, waiting: [] })
  await runner.run(agent, state)
  expect([bench.executed(), readAbout(model, 'c2')]).toEqual([
    ['rec-0001'],
    expect.stringContaining('done'),
  ])
})

it.each(['{"id":', '[]', '7'])(
  'a call with a rule and the arguments %j is settled without a person',
  async (args) => {
    const bench = setUp()
    const { agent, model } = scripted(bench.toolsOf(), [[['show', args, 'c1']]])
    const { state } = await runner.run(agent, 'go', { context })
    expect(await settleApprovals(state)).toEqual({ proceed: true, waiting: [] })
    if (state.getInterruptions().length > 0) await runner.run(agent, state)
    expect(readAbout(model, 'c1')).toMatch(/invalid_input|try again with valid JSON/)
    expect([bench.questions(), bench.executed()]).toEqual([[], []])
  },
)

describe('what a state says of an approval', () => {
  it('decides nothing: a call that the program approves without an answer is not executed', async () => {
    for (const always of [false, true]) {
      const bench = setUp()
      const { agent, model, state } = await paused(bench)
      for (const item of state.getInterruptions()) state.approve(item, { alwaysApprove: always })
      await runner.run(agent, state)
      expect(bench.executed()).toEqual([])
      expect(readAbout(model, 'c1')).toContain('approval_pending')
      expect(bench.questions()).toHaveLength(1)
    }
  })

  it('decides nothing where it was settled as well: the question stays open', async () => {
    const bench = setUp()
    const { state } = await paused(bench)
    for (const item of state.getInterruptions()) state.approve(item)
    expect(await settleApprovals(state)).toMatchObject({ proceed: false })
  })

  it('leaves a rejection of the program as it is, whatever the approver says', async () => {
    const bench = setUp()
    const { agent, model, state } = await paused(bench)
    for (const item of state.getInterruptions()) state.reject(item, { message: 'Not now.' })
    bench.emulator.control.approve()
    expect(await settleApprovals(state)).toEqual({ proceed: true, waiting: [] })
    await runner.run(agent, state)
    expect([bench.executed(), readAbout(model, 'c1')]).toEqual([
      [],
      expect.stringContaining('Not now.'),
    ])
  })

  const edits: [string, (text: string) => string][] = [
    ['other arguments', (text) => text.replaceAll('rec-0001', 'rec-0002')],
    ['arguments that are cut off', (text) => text.replaceAll('rec-0001\\"}', 'rec-0001')],
    ['an endpoint in an argument', (text) => text.replaceAll('rec-0001', '..%2f..%2fmetrics')],
    ['another user', (text) => text.replaceAll('"ann"', '"bob"')],
    [
      'another tool',
      (text) => text.replaceAll('\\"show\\"', '\\"other\\"').replaceAll('"show"', '"other"'),
    ],
    ['a cut sealed text', (text) => text.replace(/("sealed":"eyJ[^"]{20})[^"]*/, '$1')],
    [
      'a question of its own',
      (text) => text.replace(/"sealed":"[^"]*"/, '"sealed":"eyJhbGciOiJkaXIifQ..a.b.c"'),
    ],
  ]
  it.each(edits)('executes nothing when somebody edits it: %s', async (_what, edit) => {
    for (const before of [true, false]) {
      const bench = setUp({ approvals: { keys } })
      const { state } = await paused(bench)
      bench.emulator.control.approve()
      if (!before) await settleApprovals(state)
      const text = JSON.stringify(state)
      expect(edit(text)).not.toBe(text)
      const next = scripted(bench.toolsOf(), [])
      const ends = async (): Promise<void> => {
        const read = await inAnotherProcess(next.agent, state, edit)
        await settleApprovals(read)
        await runner.run(next.agent, read)
      }
      await ends().catch((error: unknown) => watch('the end', error))
      expect(bench.executed()).toEqual([])
    }
  })

  it('tells the model that other arguments were approved', async () => {
    const bench = setUp({ approvals: { keys } })
    const { state } = await paused(bench)
    bench.emulator.control.approve()
    const next = scripted(bench.toolsOf(), [])
    const edit = (text: string): string => text.replaceAll('rec-0001', 'rec-0002')
    const read = await inAnotherProcess(next.agent, state, edit)
    await settleApprovals(read)
    await runner.run(next.agent, read)
    expect(readAbout(next.model, 'c1')).toContain('approval_mismatch')
  })
})

describe('a paused run that several processes carry on', () => {
  it('executes its call once, with a store that they share', async () => {
    const store = createFileStore({ directory: folder() })
    const bench = setUp({ approvals: { keys }, store })
    const { state } = await paused(bench)
    bench.emulator.control.approve()
    const runs = [1, 2, 3].map(async () => {
      const next = scripted(bench.toolsOf(), [])
      const read = await inAnotherProcess(next.agent, state)
      if ((await settleApprovals(read)).proceed) await runner.run(next.agent, read)
      return readAbout(next.model, 'c1')
    })
    const read = await Promise.all(runs)
    expect(bench.executed()).toEqual(['rec-0001'])
    expect(read.filter((text) => text.includes('\\"ok\\":true'))).toHaveLength(1)
  })

  it('executes its call once when the same state is run again', async () => {
    const bench = setUp({ approvals: { keys } })
    const { state } = await paused(bench)
    bench.emulator.control.approve()
    await settleApprovals(state)
    for (let time = 0; time < 3; time++) {
      const next = scripted(bench.toolsOf(), [])
      const read = await inAnotherProcess(next.agent, state)
      await settleApprovals(read)
      await runner.run(next.agent, read)
    }
    expect(bench.executed()).toEqual(['rec-0001'])
    expect(bench.questions()).toHaveLength(1)
  })

  it('finds its question again when the sealed text is lost', async () => {
    const store = createFileStore({ directory: folder() })
    const bench = setUp({ approvals: { keys }, store })
    const { state } = await paused(bench)
    const next = scripted(bench.toolsOf(), [])
    const read = await inAnotherProcess(next.agent, state, (text) =>
      text.replace('"sealed"', '"x"'),
    )
    expect((await settleApprovals(read)).proceed).toBe(false)
    bench.emulator.control.approve()
    await settleApprovals(read)
    await runner.run(next.agent, read)
    expect([bench.executed(), bench.questions().length]).toEqual([['rec-0001'], 1])
  })
})

describe('an agent that is a tool of another', () => {
  it('pauses the outer run, and its call is executed once', async () => {
    const bench = setUp({ approvals: { keys } })
    const make = (steps: Call[][]) => {
      const inner = scripted(bench.toolsOf(), steps)
      const helper = inner.agent.asTool({ toolName: 'helper', toolDescription: 'Helps.' })
      return {
        inner,
        outer: scripted([helper], steps.length ? [[['helper', { input: 'x' }, 'o1']]] : []),
      }
    }
    const first = make([[show('c1')]])
    const { state } = await runner.run(first.outer.agent, 'go', { context })
    expect((await settleApprovals(state)).waiting).toMatchObject([{ toolCallId: 'c1' }])
    const next = make([])
    const read = await inAnotherProcess(next.outer.agent, state)
    expect((await settleApprovals(read)).proceed).toBe(false)
    bench.emulator.control.approve()
    expect((await settleApprovals(read)).proceed).toBe(true)
    const done = await runner.run(next.outer.agent, read)
    expect([done.finalOutput, bench.executed(), bench.questions().length]).toEqual([
      'over',
      ['rec-0001'],
      1,
    ])
  })
})

it('an abort ends the settling of approvals, and the question stays open', async () => {
  const bench = setUp()
  const { agent, state } = await paused(bench)
  const reason = new Error('stopped')
  await expect(settleApprovals(state, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
  bench.emulator.control.approve()
  await settleApprovals(state)
  await runner.run(agent, state)
  expect(bench.executed()).toEqual(['rec-0001'])
})
