import { rejection } from '@authsec-internal/test-kit'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { ApprovalRule } from '../src/policy/resource-policy.ts'
import { defineOperation } from '../src/tool.ts'
import { APPROVER, durableBench } from './support/durable-bench.ts'

type Approver = Extract<ApprovalRule['approver'], (...given: never) => unknown>

const WAITING = { message: 'Show?', wait: 'suspend' } as const

async function askedBy(approver: Approver, input: unknown, user?: string) {
  const { process, emulator } = durableBench()
  const tool = defineOperation(process(), {
    name: 'mail_record',
    description: 'Shows a record.',
    path: 'records/{id}',
    params: z.object({ id: z.string(), to: z.unknown().optional() }),
    approval: { ...WAITING, approver },
  })
  const outcome = await tool.execute(input, { user })
  return { outcome, asked: emulator.control.approvals().map((one) => one.user) }
}

describe('an approver that a function names', () => {
  it.each<[string, Approver, string | undefined]>([
    ['the call', ({ method }) => (method === 'GET' ? APPROVER : 'nobody@example.com'), undefined],
    ['the user', (_call, user) => (user === 'ann' ? APPROVER : 'nobody@example.com'), 'ann'],
    ['nothing', () => APPROVER, undefined],
    ['the address of the user', (_call, user) => user ?? '', APPROVER],
  ])('is asked, by %s', async (_what, approver, user) => {
    const { outcome, asked } = await askedBy(approver, { id: 'rec-0001' }, user)
    expect([outcome, asked]).toMatchObject([{ code: 'approval_pending' }, [APPROVER]])
  })

  it('may be the user although the call names the same address', async () => {
    const input = { id: 'rec-0001', to: APPROVER }
    const { asked } = await askedBy((_call, user) => user ?? '', input, APPROVER)
    expect(asked).toEqual([APPROVER])
  })

  it.each<[string, unknown]>([
    ['itself', APPROVER],
    ['in other letters', 'Approver@EXAMPLE.com'],
    ['in wide letters', 'ａｐｐｒｏｖｅｒ＠ｅｘａｍｐｌｅ．ｃｏｍ'],
    ['with an invisible character', 'appro\u200bver@example.com'],
    ['with a soft hyphen', 'appro\u00adver@example.com'],
    ['with spaces', ' approver @example.com '],
    ['escaped as in a URL', 'approver%40example.com'],
    ['in a sentence', `ask ${APPROVER} please`],
    ['in a list', ['x', APPROVER]],
  ])('is refused when the model wrote it %s', async (_what, to) => {
    const { outcome, asked } = await askedBy(() => APPROVER, { id: 'rec-0001', to })
    expect([outcome, asked]).toMatchObject([{ code: 'approver_refused' }, []])
  })

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['an empty text', ' '],
    ['a number', 7],
    ['a promise', Promise.resolve(APPROVER)],
  ])('is a mistake of the program when it is %s', async (_what, answer) => {
    const failed = askedBy(() => answer as string, { id: 'rec-0001' })
    expect(await rejection(failed)).toMatchObject({ name: 'ConfigError' })
  })

  it.each([`records/${APPROVER}`, 'records/approver%40example.com'])(
    'is refused when the model wrote it into the path %s',
    async (endpoint) => {
      const { process, rings } = durableBench()
      const approver: Approver = ({ route }) => decodeURIComponent(route.split('/')[1] ?? '')
      const call = process().secureFetch({ endpoint, approval: { ...WAITING, approver } })
      expect(Object(await rejection(call)).code).toMatch(/^(approver_refused|endpoint_refused)$/)
      expect(rings()).toBe(0)
    },
  )
})

describe('the names of a call', () => {
  const question = { approver: APPROVER, message: 'Show?' }

  it.each<[string, object]>([
    ['a tool of 501 characters', { tool: 'x'.repeat(501) }],
    ['an endless thread', { thread: 'x'.repeat(100_000) }],
    ['an empty user', { user: '' }],
    ['half a character', { user: 'a\ud800' }],
    ['a list', { thread: ['t'] }],
  ])('are refused before anybody is asked: %s', async (_what, names) => {
    const { process, rings } = durableBench()
    const failed = process().startApproval({ ...question, ...names })
    expect(await rejection(failed)).toMatchObject({ name: 'ConfigError' })
    expect(rings()).toBe(0)
  })

  it.each([500, 100_000])(
    'may be long where a provider makes them: %i characters',
    async (length) => {
      const { process, emulator } = durableBench()
      const client = process()
      const long = 'ä'.repeat(500)
      const names = { tool: long, thread: long, user: long, toolCallId: 'x'.repeat(length) }
      const sealed = await client.sealApproval(
        await client.startApproval({ ...question, ...names }),
      )
      emulator.control.approve()
      await process().useApproval(sealed, { ...question, ...names, toolCallId: 'other' })
    },
  )
})
