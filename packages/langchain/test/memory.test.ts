import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { inProcessClient, inProcessEmulator } from '@authsec-internal/test-kit'
import { BaseCallbackHandler } from '@langchain/core/callbacks/base'
import { AIMessage } from '@langchain/core/messages'
import { RunnableLambda } from '@langchain/core/runnables'
import { fakeModel } from '@langchain/core/testing'
import { tool } from '@langchain/core/tools'
import { createAgent } from 'langchain'
import { describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { AuthSecCallbackHandler } from '../src/index.ts'

const MANY = 10_000

/** Records the IDs of all runs, so that the handler can be asked about each. */
class RunIds extends BaseCallbackHandler {
  readonly name = 'RunIds'
  readonly ids: string[] = []
  override handleChainStart(
    ...run: Parameters<NonNullable<BaseCallbackHandler['handleChainStart']>>
  ) {
    this.ids.push(run[2])
  }
  override handleToolStart(
    ...run: Parameters<NonNullable<BaseCallbackHandler['handleToolStart']>>
  ) {
    this.ids.push(run[2])
  }
  override copy(): BaseCallbackHandler {
    return this
  }
}

/** Refuses what it is told of, after the handler of AuthSec. */
class Refusing extends BaseCallbackHandler {
  readonly name = 'Refusing'
  constructor() {
    super({ _awaitHandler: true, raiseError: true })
  }
  override handleToolStart(): void {
    throw new Error('refused')
  }
}

function setUp() {
  const emulator = inProcessEmulator()
  const handler = new AuthSecCallbackHandler(inProcessClient(emulator))
  const runs = new RunIds({ _awaitHandler: true })
  return { emulator, handler, runs, callbacks: [runs, handler] }
}

async function kept({ handler, runs }: ReturnType<typeof setUp>, rounds = 20): Promise<number> {
  setFlagsFromString('--expose-gc')
  const collectGarbage: () => void = runInNewContext('gc')
  const open = () => runs.ids.filter((id) => handler.rootRunOf(id) !== undefined).length
  for (let round = 0; round < rounds && open() > 0; round++) {
    collectGarbage()
    await new Promise((resolve) => setImmediate(resolve))
  }
  return open()
}

const nothing = tool(() => 'done', { name: 'nothing', description: 'x', schema: z.object({}) })
const letters = RunnableLambda.from(async function* () {
  yield 'a'
  yield 'b'
})

describe('the callback handler keeps nothing of', () => {
  it('tool starts that are refused because there is no token', async () => {
    const all = setUp()
    vi.spyOn(console, 'error').mockReturnValue()
    all.emulator.control.revoke()
    for (let n = 0; n < MANY; n++)
      await nothing.invoke({}, { callbacks: all.callbacks }).catch(() => 0)
    expect(all.runs.ids).toHaveLength(MANY)
    expect(all.runs.ids.filter((id) => all.handler.rootRunOf(id))).toEqual([])
  })

  it('tool starts that another handler refuses', async () => {
    const all = setUp()
    vi.spyOn(console, 'error').mockReturnValue()
    const callbacks = [...all.callbacks, new Refusing()]
    for (let n = 0; n < 1000; n++) await nothing.invoke({}, { callbacks }).catch(() => 0)
    expect(all.runs.ids).toHaveLength(1000)
    expect(await kept(all)).toBe(0)
  })

  it('streams that are left early', async () => {
    const all = setUp()
    for (let n = 0; n < MANY; n++) {
      for await (const _letter of await letters.stream('x', { callbacks: all.callbacks })) break
    }
    expect(all.runs.ids.length).toBeGreaterThanOrEqual(MANY)
    expect(await kept(all)).toBe(0)
  })

  it('streams of an agent that are left early', async () => {
    const all = setUp()
    for (let n = 0; n < 30; n++) {
      const model = fakeModel()
        .respondWithTools([{ name: 'nothing', args: {}, id: 'a' }])
        .respond(new AIMessage('over'))
      const agent = createAgent({ model, tools: [nothing] })
      const messages = [{ role: 'user', content: 'go' }]
      for await (const _chunk of await agent.stream({ messages }, { callbacks: all.callbacks }))
        break
    }
    expect(all.runs.ids.length).toBeGreaterThanOrEqual(30)
    expect(await kept(all)).toBe(0)
  })

  it('streams that are never read', async () => {
    const all = setUp()
    for (let n = 0; n < 200; n++) await letters.stream('x', { callbacks: all.callbacks })
    // The engine may still hold the last of them.
    expect(await kept(all)).toBeLessThanOrEqual(1)
  })
})

describe('the callback handler knows', () => {
  it('the root of an open run, however much garbage is collected meanwhile', async () => {
    const all = setUp()
    const roots: (string | undefined)[] = []
    const inner = tool(
      async () => {
        await kept(all, 3)
        roots.push(...all.runs.ids.map((id) => all.handler.rootRunOf(id)))
        return 'done'
      },
      { name: 'inner', description: 'x', schema: z.object({}) },
    )
    const outer = RunnableLambda.from((_input: string, config) => inner.invoke({}, config))
    await outer.invoke('x', { callbacks: all.callbacks })
    expect(new Set(roots)).toEqual(new Set([all.runs.ids[0]]))
    expect(await kept(all)).toBe(0)
  })
})
