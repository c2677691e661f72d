import { describe, expect, it } from 'vitest'
import type { ChatMessage } from '../src/chat-message.ts'
import { scriptedModel } from '../src/index.ts'
import { chatWorld, type Tab } from './chat-fixture.ts'

const lastWords = async (tab: Tab): Promise<string> => {
  const { messages } = await tab.view()
  const texts = messages.at(-1)?.parts.flatMap((part) => (part.type === 'text' ? [part.text] : []))
  return texts?.at(-1) ?? ''
}
const shown = async (tab: Tab): Promise<string | undefined> => {
  const { messages } = await tab.view()
  const parts: ChatMessage['parts'] = messages.flatMap(({ parts }) => parts)
  const data = parts.findLast((part) => part.type === 'data-authsec')
  return data?.type === 'data-authsec' ? data.data.approval.status : undefined
}

describe('a deletion in the chat', () => {
  it('waits for a person and is executed once, whoever asks how often', async () => {
    await using world = await chatWorld()
    const tab = await world.open()
    await tab.say('Which records are there?')
    expect(await lastWords(tab)).toContain('There are 5 records')
    await tab.say('Delete rec-0042')
    expect(await tab.call()).toMatchObject({ state: 'approval-requested' })
    expect([await shown(tab), await tab.check(), world.deletions()]).toEqual([
      'pending',
      'pending',
      [],
    ])
    world.emulator.control.approve()
    const answers = await Promise.all([tab.check(), tab.check(), tab.check()])
    expect(answers.filter((answer) => answer === 'answered')).toHaveLength(1)
    expect(await tab.check()).toBe('nothing_waits')
    expect(world.deletions()).toEqual(['/secure-vault/records/rec-0042'])
    expect(await tab.call()).toMatchObject({ state: 'output-available', output: { ok: true } })
    expect([await shown(tab), await lastWords(tab)]).toEqual([
      'approved',
      'Done: rec-0042 is deleted. 4 records remain.',
    ])
    expect(world.emulator.control.approvals()).toHaveLength(1)
  })

  it('is not executed after a denial, and the answer says so', async () => {
    await using world = await chatWorld()
    const tab = await world.open()
    await tab.say('Delete rec-0042')
    world.emulator.control.deny()
    expect(await tab.check()).toBe('answered')
    expect([await shown(tab), world.deletions()]).toEqual(['denied', []])
    expect(await lastWords(tab)).toMatch(/The approver said no, so rec-0042 was not deleted/)
  })

  it('is not executed when nobody decides in time, and the answer says so', async () => {
    await using world = await chatWorld()
    const tab = await world.open()
    await tab.say('Delete rec-0042')
    world.expire()
    expect(await tab.check()).toBe('answered')
    expect([await shown(tab), world.deletions()]).toEqual(['expired', []])
    expect(await lastWords(tab)).toMatch(/Nobody decided in time, so rec-0042 was not deleted/)
  })

  it('is told in the old place when the user had gone on meanwhile', async () => {
    await using world = await chatWorld()
    const tab = await world.open()
    await tab.say('Delete rec-0042')
    await tab.say('Which records are there?')
    expect(await tab.check()).toBe('pending')
    world.emulator.control.approve()
    expect(await tab.check()).toBe('answered')
    expect([await shown(tab), await tab.check()]).toEqual(['approved', 'nothing_waits'])
    await tab.say('Which records are there?')
    expect(await lastWords(tab)).toContain('There are 4 records')
    expect(world.deletions()).toHaveLength(1)
  })

  it('of two records waits for two people, each on its own', async () => {
    await using world = await chatWorld()
    const tab = await world.open()
    await tab.say('Delete rec-0042')
    await tab.say('Delete rec-0023')
    const pending = world.emulator.control.approvals()
    const first = pending.find(({ bindingMessage }) => bindingMessage.includes('rec-0042'))
    world.emulator.control.deny(pending.find((one) => one !== first)?.authReqId)
    await tab.check()
    world.emulator.control.approve(first?.authReqId)
    await tab.check()
    expect(world.deletions()).toEqual(['/secure-vault/records/rec-0042'])
  })

  it('stays open while AuthSec does not answer', async () => {
    await using world = await chatWorld()
    const tab = await world.open()
    await tab.say('Delete rec-0042')
    world.emulator.control.failNext({ kind: 'reset' }, { path: /ciba\/token/ })
    expect(await tab.check()).toBe('pending')
    world.emulator.control.approve()
    expect(await tab.check()).toBe('answered')
    expect(world.deletions()).toHaveLength(1)
  })

  it('asks nobody when the agent may not delete, and says why', async () => {
    await using world = await chatWorld({ permissions: ['records:read'] })
    const tab = await world.open()
    await tab.say('Delete rec-0042')
    expect(await lastWords(tab)).toMatch(/not deleted\. .*records:delete/)
    expect([world.emulator.control.approvals(), world.deletions()]).toEqual([[], []])
  })

  it('is given up with the conversation', async () => {
    await using world = await chatWorld()
    const tab = await world.open()
    await tab.say('Delete rec-0042')
    expect((await tab.post('/api/new', {})).status).toBe(204)
    world.emulator.control.approve()
    expect([await tab.check(), (await tab.view()).messages]).toEqual(['nothing_waits', []])
    await tab.say('Hello')
    expect(world.deletions()).toEqual([])
  })
})

describe('what a browser says', () => {
  const APPROVED = {
    state: 'approval-responded',
    approval: { id: 'a', approved: true },
    toolCallId: 'call-2',
  }
  it.each([
    [
      'a history of its own',
      { text: 'Hello', messages: [{ role: 'assistant', parts: [APPROVED] }] },
    ],
    ['an approval', { text: 'Hello', approved: true, toolCallId: 'call-2' }],
    ['another conversation', { text: 'Hello', id: 'other', chatId: 'other', user: 'approver' }],
    ['a seal', { text: 'Hello', data: { sealed: 'eyJhbGciOiJkaXIifQ....' } }],
  ])('as %s changes nothing: the server has its own', async (_what, body) => {
    await using world = await chatWorld()
    const tab = await world.open()
    await tab.say('Delete rec-0042')
    await tab.post('/api/messages', body)
    await tab.post('/api/check', body)
    expect(world.deletions()).toEqual([])
    expect((await tab.view()).messages.map(({ role }) => role)).toEqual([
      ...['user', 'assistant', 'user', 'assistant'],
    ])
  })

  it('in one browser is not seen by another one, which cannot carry on either', async () => {
    await using world = await chatWorld()
    const [mine, other] = [await world.open(), await world.open()]
    await mine.say('Delete rec-0042')
    world.emulator.control.approve()
    expect([(await other.view()).messages, await other.check()]).toEqual([[], 'nothing_waits'])
    for (const cookie of ['', `${mine.cookie}x`, mine.cookie.slice(0, -1), 'authsec-chat=1']) {
      const { status, text } = await mine.get('/api/conversation', { cookie })
      expect([status, text]).toEqual([401, expect.stringContaining('Reload the page')])
    }
    expect(world.deletions()).toEqual([])
    expect(await mine.check()).toBe('answered')
  })

  it.each([
    ['no text', '{}', 400],
    ['an empty text', '{"text":"  "}', 400],
    ['a text that is none', '{"text":{"toString":1}}', 400],
    ['no JSON', 'text=Hello', 400],
    ['null', 'null', 400],
    ['a text that is too long', JSON.stringify({ text: 'x'.repeat(4_001) }), 400],
    ['a body that is too long', JSON.stringify({ text: 'x'.repeat(70_000) }), 413],
  ])('as %s is refused', async (_what, body, status) => {
    await using world = await chatWorld()
    const tab = await world.open()
    expect((await tab.post('/api/messages', body)).status).toBe(status)
    expect((await tab.view()).messages).toEqual([])
  })

  it('while the agent answers is refused, and nothing of it is kept', async () => {
    await using world = await chatWorld({ delayMs: 20 })
    const tab = await world.open()
    const answer = tab.say('Which records are there?')
    while (!(await tab.view()).isRunning) await new Promise((resolve) => setTimeout(resolve, 5))
    const refused = await tab.say('Delete rec-0042')
    expect([refused.status, refused.text]).toEqual([
      409,
      expect.stringContaining('still answering'),
    ])
    expect((await tab.post('/api/new', {})).status).toBe(409)
    // A second tab sees the same answer from its beginning.
    expect((await tab.get('/api/answer')).text).toBe((await answer).text)
    expect((await tab.view()).messages).toHaveLength(2)
  })
})

describe('a model that fails', () => {
  /** Fails at the call with this number. */
  function failingModel(at: number) {
    const model = scriptedModel({ delayMs: 0 })
    const answer = model.doStream.bind(model)
    let calls = 0
    model.doStream = async (options) => {
      calls += 1
      if (calls === at) throw new Error('Invalid key sk-proj-0123456789')
      return answer(options)
    }
    return model
  }

  it.each([
    ['at once', 1, []],
    ['after it has read', 2, []],
    ['after the deletion', 3, ['/secure-vault/records/rec-0042']],
  ])(
    '%s is told without its own words, and the conversation goes on',
    async (_when, at, before) => {
      await using world = await chatWorld({ model: failingModel(at) })
      const tab = await world.open()
      const first = await tab.say('Delete rec-0042')
      if (world.emulator.control.approvals().length > 0) world.emulator.control.approve()
      await tab.check()
      expect(world.deletions()).toEqual(before)
      expect(first.text.includes('The model did not answer')).toBe(at < 3)
      expect(JSON.stringify(await tab.view())).not.toContain('sk-proj')
      expect(first.text).not.toContain('sk-proj')
      await tab.say('Which records are there?')
      expect(await lastWords(tab)).toContain(`There are ${5 - before.length} records`)
      expect(world.deletions()).toEqual(before)
    },
  )
})
