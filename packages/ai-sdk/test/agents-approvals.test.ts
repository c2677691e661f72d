import {
  type AgentName,
  agentNames,
  createFakeClock,
  plantSecret,
  recordOf,
  twoAgents,
  watch,
} from '@authsec-internal/test-kit'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { type ClientOf, operationTool } from '../src/index.ts'
import { answered, dataOf, partOf, type Server, send, userMessage } from './support/chat.ts'
import { readAbout, scriptedModel } from './support/scripted-model.ts'
import { type Message, seven, six, type Version } from './support/sdks.ts'

const key = { kid: 'k1', key: Uint8Array.from({ length: 32 }, (_, n) => n * 7 + 1) }
const approverOf = (name: AgentName): string => `${name}@example.com`
const users = agentNames.map(approverOf)

/** How a program says that a call needs a person, and who acts in it. */
type Way = 'a rule of the tool' | 'a rule of the resource' | 'a rule for a tool of others'
const ways: readonly Way[] = [
  'a rule of the tool',
  'a rule of the resource',
  'a rule for a tool of others',
]

/** A process with two agents, whose tools and approvals are told in each request who acts. */
async function setUp(version: Version, way: Way) {
  const clock = createFakeClock()
  const rule = { message: 'Show {id}?' }
  const agents = await twoAgents(
    (name, { vaultUrl }) => ({
      clock,
      ciba: { loginHint: approverOf(name) },
      // The same keys: what is sealed for one agent can be decrypted by the other.
      approvals: { keys: [key], pauseAfterDenialMs: 0 },
      resources: [
        {
          name: 'vault',
          baseUrl: vaultUrl,
          methods: ['GET', 'POST'],
          ...(way === 'a rule of the resource' && { approval: rule }),
        },
      ],
    }),
    { users, clock },
  )
  const asked: unknown[] = []
  const clientOf: ClientOf = (context) => {
    const { agent } = Object(context)
    asked.push(agent)
    return agents.clientOf(agent)
  }
  const ran: string[] = []
  const foreign = {
    description: 'A record.',
    inputSchema: z.object({ id: z.string() }),
    execute: async ({ id }: { id: string }, options: object) => {
      const { context, experimental_context: old } = Object(options)
      ran.push(`${Object(context ?? old).agent} ${id}`)
      return 'shown'
    },
  }
  const own = operationTool(clientOf, {
    description: 'A record.',
    path: 'records/{id}',
    params: z.object({ id: z.string() }),
    ...(way === 'a rule of the resource' && { method: 'POST' }),
    ...(way === 'a rule of the tool' && { approval: rule }),
  })
  const isForeign = way === 'a rule for a tool of others'
  const serverOf = (agent: string | undefined, id: string, isSilent = false): Server => ({
    client: clientOf,
    tools: { show: isForeign ? foreign : own },
    script: scriptedModel(version, isSilent ? [] : [[{ id: 'c1', tool: 'show', input: { id } }]]),
    version,
    watch,
    ...(isForeign && { rules: { show: rule } }),
    ...(agent !== undefined && { context: { agent } }),
  })
  /** Who was asked, and where that stands. */
  const questions = () =>
    agents.emulator.control.approvals().map(({ authReqId, user, status }) => {
      plantSecret('an auth_req_id', authReqId)
      return [user, status]
    })
  const approveFor = (name: AgentName): void => {
    const { control } = agents.emulator
    const open = control
      .approvals()
      .find(({ user, status }) => user === approverOf(name) && status === 'pending')
    control.approve(open?.authReqId)
  }
  /** What was executed, by whom: calls of the API, or runs of the tool. */
  async function executed(): Promise<string[]> {
    if (isForeign) return ran
    return (await agents.vaultCalls()).map(({ token, record }) => {
      return `${token} ${record ? recordOf[record] : 'another'}`
    })
  }
  return {
    agents,
    serverOf,
    questions,
    approveFor,
    executed,
    asked,
    close: () => agents[Symbol.asyncDispose](),
  }
}

const ask = async (server: Server): Promise<Message[]> =>
  (await send([userMessage('go')], server)).messages

describe.each([six, seven])('calls of two agents that wait across requests in $name', (version) => {
  describe.each(ways)('under %s', (way) => {
    it('ask the approver of their own agent, and are executed by it', async () => {
      const world = await setUp(version, way)
      const chats = await Promise.all(
        agentNames.map((name) => ask(world.serverOf(name, recordOf[name]))),
      )
      expect(world.questions()).toEqual(
        expect.arrayContaining(agentNames.map((name) => [approverOf(name), 'pending'])),
      )
      expect(await world.executed()).toEqual([])
      for (const name of agentNames) world.approveFor(name)
      await Promise.all(
        agentNames.map((name, n) => send(chats[n] ?? [], world.serverOf(name, recordOf[name]))),
      )
      expect((await world.executed()).sort()).toEqual(['one rec-0001', 'other rec-0002'])
      await world.close()
    })

    it('are not executed by the other agent, however it is presented with the question', async () => {
      const world = await setUp(version, way)
      const asked = await ask(world.serverOf('one', 'rec-0001'))
      const sealed = dataOf(asked, 'c1')?.sealed
      expect(sealed).toMatch(/^eyJ/)
      world.approveFor('one')
      const theirs = world.serverOf('other', 'rec-0001', true)
      const { messages } = await send(answered(asked, true), theirs)
      expect(readAbout(theirs.script, 'c1')).toMatch(/sealed approval cannot be opened here/)
      expect(partOf(messages, 'c1')?.state).not.toBe('approval-requested')
      expect(await world.executed()).toEqual([])
      expect(world.questions()).toEqual([[approverOf('one'), 'approved']])
      // The agent that asked still can.
      await send(asked, world.serverOf('one', 'rec-0001'))
      expect(await world.executed()).toEqual(['one rec-0001'])
      await world.close()
    })

    it.each([[undefined], ['third'], ['toString']])(
      'are not executed for %s, and the program is told',
      async (agent) => {
        const world = await setUp(version, way)
        const asked = await ask(world.serverOf('one', 'rec-0001'))
        world.approveFor('one')
        await expect(send(asked, world.serverOf(agent, 'rec-0001'))).rejects.toThrow(
          /function `client` of (the tool|createApprovals) returned is no client/,
        )
        expect(await world.executed()).toEqual([])
        await send(asked, world.serverOf('one', 'rec-0001'))
        expect(await world.executed()).toEqual(['one rec-0001'])
        await world.close()
      },
    )

    it('ask nobody when the request names no agent, whatever the model says', async () => {
      const world = await setUp(version, way)
      const server = {
        ...world.serverOf(undefined, 'rec-0001'),
        script: scriptedModel(version, [
          [
            {
              id: 'c1',
              tool: 'show',
              input: { id: 'rec-0001', agent: 'one', context: { agent: 'one' } },
            },
          ],
        ]),
      }
      await ask(server).catch(() => undefined)
      expect(world.questions()).toEqual([])
      expect(await world.executed()).toEqual([])
      expect(world.asked.filter((agent) => agent !== undefined)).toEqual([])
      await world.close()
    })
  })
})
