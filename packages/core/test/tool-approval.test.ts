import { fastClock, rejection, testClient, testEmulator, watch } from '@authsec-internal/test-kit'
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
