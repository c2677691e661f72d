import {
  createFakeClock,
  type FakeClock,
  inProcessClient,
  inProcessEmulator,
  watch,
} from '@authsec-internal/test-kit'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { operationTool, type ToolOutcome } from '../src/index.ts'
import { readAbout, scriptedModel } from './support/scripted-model.ts'
import { five, seven, six, type Version } from './support/sdks.ts'

function setUp(version: Version = seven) {
  const clock = createFakeClock()
  const emulator = inProcessEmulator({ clock })
  const client = inProcessClient(emulator, { clock, ciba: { loginHint: 'approver@example.com' } })
  const params = z.object({ id: z.string() })
  const record = { description: 'A record.', path: 'records/{id}', params }
  const tools = {
    show: operationTool(client, { ...record, approval: { message: 'Show {id}?' } }),
    free: operationTool(client, record),
  }
  const script = scriptedModel(version, [
    [
      { id: 'c1', tool: 'show', input: { id: 'rec-0001' } },
      { id: 'c2', tool: 'free', input: { id: 'rec-0002' } },
    ],
  ])
  const asked = () => emulator.control.approvals()
  const executed = (): string[] =>
    emulator.requests
      .map(({ path }) => path)
      .filter((path) => path.startsWith('/secure-vault/') && path.endsWith('rec-0001'))
  const options = {
    ...{ model: script.model, tools, prompt: 'go', stopWhen: version.sdk.stepCountIs(4) },
    onError: () => undefined,
  }
  return { clock, emulator, tools, script, asked, executed, options }
}

interface Shown {
  readonly toolCallId?: string
  readonly preliminary?: boolean
  readonly output?: ToolOutcome
}

/** Reads the stream while the test goes on; what it has so far about the call that waits. */
function shownBy(stream: AsyncIterable<object>) {
  const chunks: Shown[] = []
  const done = (async () => {
    for await (const chunk of stream) chunks.push(chunk)
    watch('chunks', chunks)
  })()
  const outputs = () =>
    chunks
      .filter(({ toolCallId, output }) => toolCallId === 'c1' && output)
      .map(({ preliminary = false, output }) => {
        const status = output && 'approval' in output ? output.approval?.status : undefined
        return [preliminary, status ?? (output?.ok ? 'ok' : Object(output).code)]
      })
  return { done, outputs }
}

const soon = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 2))

async function until(isTrue: () => boolean): Promise<void> {
  for (let turn = 0; turn < 2_000 && !isTrue(); turn++) await soon()
  expect(isTrue()).toBe(true)
}

/** Lets the clock run until the work is over. */
async function passing<T>(clock: FakeClock, work: Promise<T>): Promise<T> {
  let isOver = false
  const end = (): void => {
    isOver = true
  }
  work.then(end, end)
  for (let turn = 0; turn < 2_000 && !isOver; turn++) {
    await clock.advance(500)
    await soon()
  }
  return work
}

const majors = [five, six, seven]

describe.each(majors)('a call that waits in its response in $name', (version) => {
  it('shows the question as soon as it was asked, each change, and the outcome last', async () => {
    const { options, asked, clock, emulator, script } = setUp(version)
    const { done, outputs } = shownBy(version.sdk.streamText(options).toUIMessageStream())
    await until(() => asked().length === 1)
    await until(() => outputs().length > 0)
    expect(outputs()).toEqual([[true, 'pending']])
    emulator.control.approve()
    await passing(clock, done)
    expect(outputs()).toEqual([
      [true, 'pending'],
      [true, 'approved'],
      [true, 'ok'],
      [false, 'ok'],
    ])
    expect(readAbout(script, 'c1')).toMatch(/"ok":true/)
    expect(JSON.stringify(script.prompts)).not.toContain('approval_pending')
  })

  it('shows a denial, which the model reads', async () => {
    const { options, asked, clock, emulator, script, executed } = setUp(version)
    const { done, outputs } = shownBy(version.sdk.streamText(options).toUIMessageStream())
    await until(() => asked().length === 1)
    emulator.control.deny()
    await passing(clock, done)
    expect(outputs().at(-2)).toEqual([true, 'approval_denied'])
    expect(outputs().at(-1)).toEqual([false, 'approval_denied'])
    expect(readAbout(script, 'c1')).toMatch(/approval_denied/)
    expect(executed()).toEqual([])
  })

  it('gives generateText the outcome alone', async () => {
    const { options, asked, clock, emulator, script } = setUp(version)
    const running = version.sdk.generateText(options)
    await until(() => asked().length === 1)
    emulator.control.approve()
    expect((await passing(clock, running)).text).toBe('over')
    expect(readAbout(script, 'c1')).toMatch(/"ok":true/)
  })

  it('gives the question up when the response is aborted, and executes nothing', async () => {
    const { options, asked, clock, emulator, executed } = setUp(version)
    const controller = new AbortController()
    const abortSignal = controller.signal
    const { done } = shownBy(
      version.sdk.streamText({ ...options, abortSignal }).toUIMessageStream(),
    )
    await until(() => asked().length === 1)
    controller.abort()
    await done
    emulator.control.approve()
    await clock.advance(60_000)
    expect(executed()).toEqual([])
    expect(asked()).toMatchObject([{ status: 'approved' }])
    expect(clock.pending).toBe(0)
  })
})

describe('the outcome of a tool with a rule', () => {
  const call = { toolCallId: 'c1' }

  it('can be awaited, by the first releases of AI SDK 5 and by any program', async () => {
    const { tools, clock, emulator, asked } = setUp()
    const outcome = tools.show.execute({ id: 'rec-0001' }, call)
    await until(() => asked().length === 1)
    emulator.control.approve()
    expect(await passing(clock, outcome)).toMatchObject({ ok: true })
  })

  it('gives the question up when nobody iterates on', async () => {
    const { tools, clock, emulator, executed } = setUp()
    const outcome = tools.show.execute({ id: 'rec-0001' }, call)
    for await (const shown of iterable(outcome)) {
      expect(shown).toMatchObject({ code: 'approval_pending', approval: { status: 'pending' } })
      break
    }
    emulator.control.approve()
    await clock.advance(60_000)
    await soon()
    expect(executed()).toEqual([])
    await expect(outcome).rejects.toMatchObject({ name: 'AbortError' })
  })

  it('fits the output schema at each stage, so that stored messages can be validated', async () => {
    const { tools, clock, emulator, asked } = setUp()
    const outcome = tools.show.execute({ id: 'rec-0001' }, call)
    await until(() => asked().length === 1)
    emulator.control.approve()
    await passing(clock, outcome)
    const stages: unknown[] = []
    for await (const shown of iterable(outcome)) {
      stages.push(tools.show.outputSchema.parse(shown))
    }
    expect(stages).toHaveLength(3)
  })

  it('is a promise and nothing else for a tool without a rule', async () => {
    const { tools } = setUp()
    const outcome = tools.free.execute({ id: 'rec-0001' }, call)
    expect(Symbol.asyncIterator in outcome).toBe(false)
    expect(await outcome).toMatchObject({ ok: true })
  })
})

/** The SDK looks whether it can iterate; the type is the promise's. */
function iterable(outcome: unknown): AsyncIterable<ToolOutcome> {
  return outcome as AsyncIterable<ToolOutcome>
}
