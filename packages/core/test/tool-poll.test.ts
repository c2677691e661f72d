import {
  createFakeClock,
  inProcessClient,
  inProcessEmulator,
  settle,
} from '@authsec-internal/test-kit'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { AuthSecClientOptions } from '../src/config/client-options.ts'
import { defineOperation } from '../src/tool.ts'

function setUp(options: Partial<AuthSecClientOptions> = {}) {
  const clock = createFakeClock()
  const emulator = inProcessEmulator({ clock })
  const ciba = { loginHint: 'approver@example.com' }
  const client = inProcessClient(emulator, { clock, ciba, ...options })
  const tool = defineOperation(client, {
    name: 'get_record',
    description: 'One record.',
    path: 'records/{id}',
    params: z.object({ id: z.string() }),
    approval: { message: 'Show record {id}?', when: ({ values }) => values['id'] !== 'rec-0009' },
  })
  const polls = () => emulator.requests.filter(({ path }) => path.endsWith('/ciba/token')).length
  const sent = () => emulator.requests.filter(({ path }) => path.includes('/records/')).length
  return { clock, emulator, client, tool, polls, sent }
}

const input = { id: 'rec-0001' }

async function ask({ tool, client }: ReturnType<typeof setUp>, user?: string) {
  const asked = await tool.ask(input, { user })
  if (asked.status !== 'asked') throw new Error(`Nobody was asked: ${asked.status}.`)
  return { pending: asked.pending, sealed: await client.sealApproval(asked.pending) }
}

describe('poll of a tool', () => {
  it.each(['pending', 'sealed'] as const)(
    'collects the answer of a %s question, and execute uses it once',
    async (kind) => {
      const all = setUp()
      const approved = (await ask(all))[kind]
      expect(await all.tool.poll(input, { approved })).toMatchObject({
        status: 'asked',
        approval: { status: 'pending' },
      })
      all.emulator.control.approve()
      await all.clock.advance(15_000)
      const answer = await all.tool.poll(input, { approved })
      if (answer.status !== 'approved') throw new Error(`It is ${answer.status}.`)
      expect(all.sent()).toBe(0)
      expect(await all.tool.execute(input, { approved: answer.approved })).toMatchObject({
        ok: true,
      })
      expect(await all.tool.execute(input, { approved: answer.approved })).toMatchObject({
        code: 'approval_used',
      })
      expect(all.sent()).toBe(1)
    },
  )

  it.each([
    ['other arguments', { id: 'rec-0002' }, 'alice'],
    ['another user', input, 'mallory'],
    ['no user', input, undefined],
  ])('leaves the answer where it is for %s', async (_what, given, user) => {
    const all = setUp()
    const { sealed: approved } = await ask(all, 'alice')
    all.emulator.control.approve()
    await all.clock.advance(5_000)
    expect(await all.tool.poll(given, { approved, user })).toMatchObject({
      outcome: { code: 'approval_mismatch' },
    })
    expect(all.polls()).toBe(0)
    const rightful = await all.tool.poll(input, { approved, user: 'alice' })
    expect(rightful.status).toBe('approved')
  })

  it('tells of a denial, of a text that is none, and of a call that needs no approval', async () => {
    const all = setUp()
    const { sealed: approved } = await ask(all)
    all.emulator.control.deny()
    await all.clock.advance(5_000)
    const code = async (given: Parameters<typeof all.tool.poll>[1], args = input) => {
      const answer = await all.tool.poll(args, given)
      return answer.status === 'refused' ? answer.outcome.code : answer.status
    }
    expect(await code({ approved })).toBe('approval_denied')
    expect(await code({ approved: 'nothing' })).toBe('approval_invalid')
    expect(await code({ approved: undefined as never })).toBe('pending_altered')
    expect(await code({ approved }, { id: 'rec-0009' })).toBe('ready')
    expect(await code({ approved }, { id: 7 } as never)).toBe('invalid_input')
  })

  it('throws the reason of its signal', async () => {
    const all = setUp()
    const { sealed: approved } = await ask(all)
    const signal = AbortSignal.abort(new Error('gone'))
    await expect(all.tool.poll(input, { approved, signal })).rejects.toThrow('gone')
  })
})

describe('ask of a tool that may not wait for the turn', () => {
  it('is refused at once while its approver has another question, and finds its own', async () => {
    const all = setUp()
    await ask(all)
    const other = await all.tool.ask({ id: 'rec-0002' }, { waitForTurn: false })
    expect(other).toMatchObject({ outcome: { code: 'approval_rate_limited', retryable: true } })
    expect(await all.tool.ask(input, { waitForTurn: false })).toMatchObject({ status: 'asked' })
    let isDone = false
    void all.tool.ask({ id: 'rec-0002' }).then(() => (isDone = true))
    await settle()
    expect(isDone).toBe(false)
    all.emulator.control.approve()
    await all.clock.advance(5_000)
    await all.tool.poll(input, { approved: (await ask(all)).pending })
    await settle()
    expect(isDone).toBe(true)
  })
})
