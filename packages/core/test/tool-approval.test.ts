import {
  fastClock,
  notPlainJson,
  rejection,
  testClient,
  testEmulator,
  watch,
} from '@authsec-internal/test-kit'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { requestToolApproval } from '../src/adapter.ts'
import type { AuthSecClient } from '../src/client/client.ts'
import { defineOperation, defineSecureFetch } from '../src/tool.ts'

type TestEmulator = Awaited<ReturnType<typeof testEmulator>>

const clientOf = (emulator: TestEmulator): AuthSecClient =>
  testClient(emulator, { ciba: { loginHint: 'approver@example.com' }, clock: fastClock })

const rules = { send_mail: { message: 'Mail {to} by {tool}?', timeoutMs: 60_000 } }
const call = { toolName: 'send_mail', input: { to: 'a@example.com' } }

describe('asking about a tool that AuthSec did not make', () => {
  it('shows the approver the arguments, and passes a yes', async () => {
    await using emulator = await testEmulator()
    emulator.control.scriptApproval('approve')
    expect(await requestToolApproval(clientOf(emulator), rules, call)).toBe('approved')
    const bindingMessage = expect.stringMatching(/^Mail "a@example\.com" by "send_mail"\?/)
    expect(emulator.control.approvals()).toMatchObject([{ status: 'consumed', bindingMessage }])
  })

  it('makes a no an outcome for the model', async () => {
    await using emulator = await testEmulator()
    emulator.control.scriptApproval('deny')
    const answer = await requestToolApproval(clientOf(emulator), rules, call)
    expect(answer).toMatchObject({ ok: false, code: 'approval_denied' })
    watch('an answer', answer)
  })

  it('asks nobody without a rule, whatever the tool is called', async () => {
    await using emulator = await testEmulator()
    for (const toolName of ['other', 'constructor', '__proto__']) {
      expect(
        await requestToolApproval(clientOf(emulator), rules, { toolName, input: 1 }),
      ).toBeUndefined()
    }
    expect(emulator.control.approvals()).toEqual([])
  })

  it('ends with the reason of its signal', async () => {
    await using emulator = await testEmulator()
    emulator.control.scriptApproval('never')
    const controller = new AbortController()
    const asking = requestToolApproval(clientOf(emulator), rules, {
      ...call,
      signal: controller.signal,
    })
    await expect.poll(() => emulator.control.approvals().length).toBe(1)
    controller.abort(new Error('stopped'))
    expect((await rejection(asking)).message).toBe('stopped')
  })
})

/** An input, and what somebody who still holds it does to it. */
const changes: [what: string, make: () => Change][] = [
  ['a member is replaced', () => changing({ to: 'a' }, (input) => set(input, 'to', 'b'))],
  ['a member is added', () => changing({ to: 'a' }, (input) => set(input, 'cc', 'b'))],
  ['a member is deleted', () => changing({ to: 'a', cc: 1 }, (input) => unset(input, 'cc'))],
  [
    'a deep member changes',
    () => changing({ to: { who: ['a'] } }, ({ to }) => set(to.who, '0', 'b')),
  ],
  ['a list grows', () => changing({ to: ['a'] }, ({ to }) => to.push('b'))],
  ['a list changes its order', () => changing({ to: ['a', 'b'] }, ({ to }) => to.reverse())],
  ['a number becomes a text', () => changing({ to: 1 }, (input) => set(input, 'to', '1'))],
  ['a text becomes a Date', () => changing({ to: 'a' }, (input) => set(input, 'to', new Date(0)))],
  ['a text becomes a getter', () => changing({ to: 'a' }, (input) => getter(input, 'to'))],
]

interface Change {
  readonly input: object
  apply(): void
}

function changing<Input extends object>(input: Input, change: (input: Input) => unknown): Change {
  return { input, apply: () => void change(input) }
}

const set = (on: object, name: string, value: unknown): boolean => Reflect.set(on, name, value)
const unset = (on: object, name: string): boolean => Reflect.deleteProperty(on, name)
const getter = (on: object, name: string): object =>
  Object.defineProperty(on, name, { get: () => 'a', enumerable: true })

describe('the input of a tool that AuthSec did not make', () => {
  it.each(changes)('is refused when %s while the person decides', async (_what, make) => {
    await using emulator = await testEmulator()
    const { input, apply } = make()
    const asking = requestToolApproval(clientOf(emulator), rules, { toolName: 'send_mail', input })
    await expect.poll(() => emulator.control.approvals().length).toBe(1)
    apply()
    emulator.control.approve()
    expect(await asking).toMatchObject({ ok: false, code: 'approval_mismatch', retryable: false })
  })

  it('is approved when it is the same again, whatever the order of its members', async () => {
    await using emulator = await testEmulator()
    const input: Record<string, unknown> = { to: 'a', cc: ['b'], bcc: undefined }
    const asking = requestToolApproval(clientOf(emulator), rules, { toolName: 'send_mail', input })
    await expect.poll(() => emulator.control.approvals().length).toBe(1)
    delete input['to']
    delete input['bcc']
    input['to'] = 'a'
    emulator.control.approve()
    expect(await asking).toBe('approved')
  })

  it.each(notPlainJson())(
    'is refused before anybody is asked when it holds %s',
    async (_what, value) => {
      await using emulator = await testEmulator()
      const client = clientOf(emulator)
      for (const input of [value, { to: value }, { to: [{ value }] }]) {
        const answer = await requestToolApproval(client, rules, { toolName: 'send_mail', input })
        expect(answer).toMatchObject({ ok: false, code: 'action_not_json', retryable: false })
        watch('an answer', answer)
      }
      expect(emulator.control.approvals()).toEqual([])
    },
  )

  it.each([[undefined], [null], ['text'], [0], [[1, 'a']], [{}]])('may be %j', async (input) => {
    await using emulator = await testEmulator()
    emulator.control.scriptApproval('approve')
    const call = { toolName: 'send_mail', input }
    expect(await requestToolApproval(clientOf(emulator), rules, call)).toBe('approved')
  })

  it('may be anything where its rule requires no approval', async () => {
    await using emulator = await testEmulator()
    const free = { send_mail: { message: 'Mail?', when: () => false } }
    const call = { toolName: 'send_mail', input: { at: new Date(0) } }
    expect(await requestToolApproval(clientOf(emulator), free, call)).toBeUndefined()
  })

  it('cannot replace the name of the tool in the message', async () => {
    await using emulator = await testEmulator()
    emulator.control.scriptApproval('approve')
    const call = { toolName: 'send_mail', input: { to: 'a', tool: 'read_mail' } }
    await requestToolApproval(clientOf(emulator), rules, call)
    expect(emulator.control.approvals()[0]?.bindingMessage).toMatch(/by "send_mail"\?/)
  })
})

describe('requiresApproval of a tool', () => {
  const approval = { message: 'Really?' }
  const operation = { name: 'x', description: 'x', path: 'records', params: z.object({}) }

  it('is set by its own rule, or by its resource’s for an unsafe method', async () => {
    await using emulator = await testEmulator()
    const resource = { name: 'vault', baseUrl: emulator.vaultUrl, methods: ['GET', 'POST'] }
    const plain = testClient(emulator, { resources: [resource] })
    const strict = testClient(emulator, {
      resources: [
        { name: 'vault', baseUrl: emulator.vaultUrl, methods: ['GET', 'POST'], approval },
      ],
    })
    const asks = [
      defineSecureFetch(plain),
      defineSecureFetch(plain, { approval }),
      defineOperation(plain, { ...operation, method: 'POST' }),
      defineOperation(strict, operation),
      defineOperation(strict, { ...operation, method: 'POST' }),
      defineOperation(strict, { ...operation, method: 'POST', resource: 'vault' }),
      defineOperation(undefined, { ...operation, method: 'POST' }),
    ].map(({ requiresApproval }) => requiresApproval)
    expect(asks).toEqual([false, true, false, false, true, true, false])
  })
})
