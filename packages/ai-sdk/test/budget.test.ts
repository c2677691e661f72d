import type { Emulator } from '@authsec/emulator'
import { testClient, testEmulator } from '@authsec-internal/test-kit'
import { generateText, isStepCount, type ModelMessage, streamText, ToolLoopAgent } from 'ai'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { secureFetchTool } from '../src/index.ts'
import { callsForEver } from './model.ts'

let emulator: Emulator
beforeAll(async () => {
  emulator = await testEmulator()
})
afterAll(() => emulator.close())

const vaultCalls = (): number =>
  emulator.requests.filter(({ path }) => path.startsWith('/secure-vault')).length

/** A model that never ends, with tools of a client whose runs may make `callsPerRun` calls each. */
function setUp(callsPerRun: number) {
  const before = vaultCalls()
  const client = testClient(emulator, { budget: { callsPerRun } })
  return {
    model: callsForEver('vault', { endpoint: 'metrics' }),
    tools: { vault: secureFetchTool(client) },
    stopWhen: isStepCount(9),
    sent: () => vaultCalls() - before,
  }
}

const question = (): ModelMessage => ({ role: 'user', content: 'go' })

describe('the budget of a run', () => {
  it.each<[string, (setup: ReturnType<typeof setUp>) => PromiseLike<unknown>]>([
    ['generateText', ({ sent: _, ...rest }) => generateText({ ...rest, prompt: 'go' })],
    ['streamText', ({ sent: _, ...rest }) => streamText({ ...rest, prompt: 'go' }).steps],
    [
      'an agent',
      ({ sent: _, ...rest }) => new ToolLoopAgent(rest).generate({ messages: [question()] }),
    ],
    [
      'a run that continues a conversation',
      ({ sent: _, ...rest }) =>
        generateText({
          ...rest,
          messages: [question(), { role: 'assistant', content: 'Hello.' }, question()],
        }),
    ],
  ])('stops %s that loops for ever', async (_what, run) => {
    const setup = setUp(3)
    await run(setup)
    expect(setup.sent()).toBe(3)
  })

  it('is a new one for each run, also of a program that uses one message for all', async () => {
    const { sent, ...rest } = setUp(9)
    const messages = [question()]
    for (let run = 0; run < 3; run++) await generateText({ ...rest, messages })
    expect(sent()).toBe(27)
    await Promise.all(Array.from({ length: 3 }, () => generateText({ ...rest, messages })))
    expect(sent()).toBe(54)
  })

  it('goes on when a program makes the steps itself', async () => {
    const { sent, stopWhen: _, ...rest } = setUp(3)
    const messages = [question()]
    for (let step = 0; step < 9; step++) {
      const { responseMessages } = await generateText({ ...rest, messages })
      messages.push(...responseMessages)
    }
    expect(sent()).toBe(3)
    messages.push(question())
    await generateText({ ...rest, messages })
    expect(sent()).toBe(4)
  })

  it('does not exist without the messages of a run, whatever stands in their place', async () => {
    const { tools, sent } = setUp(1)
    const odd = [undefined, [], [question(), null, 5], [{ role: 'assistant' }], 'messages', {}]
    for (const messages of odd) {
      for (let call = 0; call < 2; call++) {
        const options = { toolCallId: 'c', ...(messages !== undefined && { messages }) }
        await tools.vault.execute({ endpoint: 'metrics' }, options as never)
      }
    }
    expect(sent()).toBeGreaterThanOrEqual(11)
  })
})
