import type { AuthSecClient } from '@authsec/core'
import { createAuthSecClientFromEnv } from '@authsec/core'
import type { Emulator } from '@authsec/emulator'
import {
  fastClock,
  inProcessEmulator,
  rejection,
  testClient,
  testEmulator,
  watch,
} from '@authsec-internal/test-kit'
import { BaseCallbackHandler } from '@langchain/core/callbacks/base'
import { AIMessage, HumanMessage, ToolMessage } from '@langchain/core/messages'
import { RunnableLambda } from '@langchain/core/runnables'
import { fakeModel } from '@langchain/core/testing'
import { tool } from '@langchain/core/tools'
import { MemorySaver } from '@langchain/langgraph'
import { createAgent } from 'langchain'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import {
  AuthSecCallbackHandler,
  AuthSecSecureFetchTool,
  delegationTokenFrom,
  operationTool,
  secureFetchTool,
} from '../src/index.ts'

let emulator: Emulator
let client: AuthSecClient
beforeAll(async () => {
  emulator = await testEmulator()
  client = testClient(emulator)
})
afterAll(() => emulator.close())

const call = (args: object, name = 'authsec_secure_fetch') =>
  ({ type: 'tool_call', id: 'call-1', name, args }) as const

describe('the secure fetch tool', () => {
  it('answers a tool call with content for the model and the outcome as artifact', async () => {
    const message = await secureFetchTool(client).invoke(call({ endpoint: 'metrics' }))
    expect(ToolMessage.isInstance(message)).toBe(true)
    expect(message).toMatchObject({ tool_call_id: 'call-1', name: 'authsec_secure_fetch' })
    expect(JSON.parse(message.text)).toEqual(message.artifact)
    expect(message.artifact).toMatchObject({ ok: true, status: 200, untrusted: true })
    watch('a tool message', message)
  })

  it('answers plain arguments with the content alone', async () => {
    const content: unknown = await secureFetchTool(client).invoke({ endpoint: 'metrics' })
    expect(JSON.parse(String(content))).toMatchObject({ ok: true })
  })

  it.each([
    [{ endpoint: '//evil.test/x' }, 'endpoint_refused'],
    [{ endpoint: 'nothing' }, 'not_found'],
    [{ endpoint: 5 }, 'invalid_input'],
    [{ endpoint: 'metrics', authorization: 'x' }, 'invalid_input'],
    [{}, 'invalid_input'],
  ])('answers %j with an error message of one sentence', async (args, code) => {
    const message = await secureFetchTool(client).invoke(call(args))
    expect(message).toMatchObject({ status: 'error', artifact: { ok: false, code } })
    expect(message.text).not.toMatch(/evil|\.ts:|Error:/)
    watch('an error message', message)
  })

  it.each<[string, (tool: AuthSecSecureFetchTool) => Pick<AuthSecSecureFetchTool, 'invoke'>]>([
    ['a proxy of it', (one) => new Proxy(one, {})],
    ['an object that inherits from it', (one) => Object.create(one)],
    ['its withConfig', (one) => one.withConfig({ tags: ['a'] }) as never],
  ])('works through %s', async (_what, copy) => {
    const content: unknown = await copy(secureFetchTool(client)).invoke({ endpoint: 'metrics' })
    expect(JSON.parse(String(content))).toMatchObject({ ok: true })
  })

  it.each([[undefined], [null], [{}], [{ callbacks: null }]])(
    'works with the config %j',
    async (config) => {
      const content: unknown = await secureFetchTool(client).invoke(
        { endpoint: 'metrics' },
        config as never,
      )
      expect(JSON.parse(String(content))).toMatchObject({ ok: true })
    },
  )

  it('shows nothing of what it translates', () => {
    const one = secureFetchTool(client)
    expect(Object.getOwnPropertySymbols({ ...one })).toEqual([])
    expect(JSON.stringify(one)).not.toMatch(/execute|client/)
    watch('a tool', one)
  })

  it('says invalid arguments also without a call', async () => {
    const content: unknown = await secureFetchTool(client).invoke({ wrong: 1 } as never)
    expect(JSON.parse(String(content))).toMatchObject({ ok: false, code: 'invalid_input' })
  })

  it('is the same as a class, under the name and the permission given', async () => {
    const instance = new AuthSecSecureFetchTool({
      client,
      name: 'vault',
      permission: 'vault:admin',
    })
    const message = await instance.invoke(call({ endpoint: 'metrics' }, 'vault'))
    expect(message).toMatchObject({ name: 'vault', artifact: { code: 'permission_missing' } })
    watch('a tool', instance)
    watch('a serialised tool', JSON.stringify(instance))
  })

  it('ends when its signal aborts', async () => {
    const signal = AbortSignal.abort(new Error('stopped'))
    const error = await rejection(
      secureFetchTool(client).invoke({ endpoint: 'metrics' }, { signal }),
    )
    expect(error.message).toBe('stopped')
  })
})

describe('an operation as a tool', () => {
  it('lets the model fill in the declared parameters only', async () => {
    const one = operationTool(client, {
      name: 'get_record',
      description: 'One record.',
      path: 'records/{id}',
      params: z.object({ id: z.string() }),
      permission: 'records:read',
    })
    const good = await one.invoke(call({ id: 'rec-0001' }, 'get_record'))
    expect(good.artifact).toMatchObject({ ok: true, data: { id: 'rec-0001' } })
    const bad = await one.invoke(call({ id: '../metrics' }, 'get_record'))
    expect(bad.artifact).toMatchObject({ ok: false, code: 'endpoint_refused' })
  })
})

describe('the callback handler', () => {
  it('gives tools without a client its own, directly and in nested runs', async () => {
    const bare = secureFetchTool()
    const callbacks = [new AuthSecCallbackHandler(client)]
    const direct = await bare.invoke(call({ endpoint: 'metrics' }), { callbacks })
    expect(direct.artifact).toMatchObject({ ok: true })
    const chain = RunnableLambda.from(async (input: { endpoint: string }, config) =>
      bare.invoke(call(input), config),
    )
    const nested = await chain.invoke({ endpoint: 'metrics' }, { callbacks })
    expect(nested.artifact).toMatchObject({ ok: true })
  })

  it('lets a tool of one’s own ask for the token', async () => {
    const own = tool(async (_input, config) => (await delegationTokenFrom(config)).fingerprint, {
      name: 'own',
      description: 'Mine.',
      schema: z.object({}),
    })
    const fingerprint: unknown = await own.invoke(
      {},
      { callbacks: [new AuthSecCallbackHandler(client)] },
    )
    expect(fingerprint).toBe((await client.getDelegationToken()).fingerprint)
    const error = await rejection(own.invoke({}))
    expect(error).toMatchObject({
      code: 'config_missing',
      hint: expect.stringMatching(/new AuthSecCallbackHandler\(client\)/),
    })
  })

  it('puts subject, permissions, expiry and fingerprint into the metadata of the run, and no secret', async () => {
    const seen: Record<string, unknown>[] = []
    class Tracer extends BaseCallbackHandler {
      name = 'tracer'
      override handleToolStart(...args: unknown[]): void {
        seen.push(args[5] as Record<string, unknown>)
      }
    }
    const callbacks = [new AuthSecCallbackHandler(client), new Tracer()]
    await secureFetchTool(client).invoke(call({ endpoint: 'metrics' }), {
      callbacks,
      metadata: { run: 1 },
    })
    const token = await client.getDelegationToken()
    expect(seen[0]).toMatchObject({
      run: 1,
      authsec_mode: 'live',
      authsec_subject: token.redactedSubject,
      authsec_permissions: ['metrics:read', 'records:read'],
      authsec_expires_at: token.expiresAt.toISOString(),
      authsec_token: token.fingerprint,
    })
    watch('run metadata', seen)
    watch('a handler', callbacks[0])
    watch('a serialised handler', JSON.stringify(callbacks[0]))
  })

  it('stops the tool before it runs when there is no token', async () => {
    const own = await testEmulator()
    own.control.revoke()
    let ran = false
    const sideEffect = tool(
      () => {
        ran = true
        return 'done'
      },
      { name: 'effect', description: 'Does something.', schema: z.object({}) },
    )
    const callbacks = [new AuthSecCallbackHandler(testClient(own))]
    const error = await rejection(sideEffect.invoke({}, { callbacks }))
    expect(error).toMatchObject({ code: 'no_active_delegation' })
    expect(ran).toBe(false)
    await own.close()
  })

  it('asks AuthSec once for many tools', async () => {
    const own = await testEmulator()
    const callbacks = [new AuthSecCallbackHandler(testClient(own))]
    const bare = secureFetchTool()
    await Promise.all(
      Array.from({ length: 50 }, () => bare.invoke(call({ endpoint: 'metrics' }), { callbacks })),
    )
    expect(own.requests.filter(({ path }) => path.endsWith('delegation-token'))).toHaveLength(1)
    await own.close()
  })
})

describe('human approval', () => {
  const ciba = { loginHint: 'approver@example.com' }
  const ask = (own: Emulator) =>
    operationTool(testClient(own, { ciba, clock: fastClock }), {
      name: 'get_record',
      description: 'One record.',
      path: 'records/{id}',
      params: z.object({ id: z.string() }),
      approval: { message: 'Show record {id}?', timeoutMs: 60_000 },
    })

  it('is enforced inside the tool: a no reaches the model as one sentence, and nothing is sent', async () => {
    const own = await testEmulator()
    own.control.scriptApproval('deny')
    const message = await ask(own).invoke(call({ id: 'rec-0001' }, 'get_record'))
    expect(message).toMatchObject({
      status: 'error',
      artifact: { ok: false, code: 'approval_denied' },
    })
    expect(own.requests.some(({ path }) => path.startsWith('/secure-vault'))).toBe(false)
    await own.close()
  })

  it('of the very call the model made lets it pass, once', async () => {
    const own = await testEmulator()
    own.control.scriptApproval('approve')
    const message = await ask(own).invoke(call({ id: 'rec-0001' }, 'get_record'))
    expect(message.artifact).toMatchObject({ ok: true, data: { id: 'rec-0001' } })
    expect(own.control.approvals()).toMatchObject([
      { status: 'consumed', bindingMessage: expect.stringMatching(/^Show record "rec-0001"\?/) },
    ])
    watch('an approved message', message)
    await own.close()
  })
})

describe('the budget of a run', () => {
  it('stops a model that calls without end, and the next run has its own', async () => {
    const own = await testEmulator()
    const busy = testClient(own, { budget: { callsPerRun: 2 } })
    const model = () => {
      const scripted = fakeModel()
      for (let id = 0; id < 4; id++) {
        scripted.respondWithTools([
          { name: 'authsec_secure_fetch', args: { endpoint: 'metrics' }, id: `${id}` },
        ])
      }
      return scripted.respond(new AIMessage('over'))
    }
    const callbacks = [new AuthSecCallbackHandler(busy)]
    for (let run = 0; run < 2; run++) {
      const agent = createAgent({ model: model(), tools: [secureFetchTool(busy)] })
      const { messages } = await agent.invoke(
        { messages: [{ role: 'user', content: 'go' }] },
        { callbacks },
      )
      const codes = messages
        .filter((message) => ToolMessage.isInstance(message))
        .map(({ artifact }) => (artifact as { code?: string }).code)
      expect(codes).toEqual([undefined, undefined, 'budget_exceeded', 'budget_exceeded'])
    }
    await own.close()
  })

  it.each<[string, (run: number) => object]>([
    ['without a handler', () => ({})],
    ['in one thread with a checkpointer', () => ({ configurable: { thread_id: 't' } })],
    [
      'with a run ID of the program',
      (run) => ({ runId: `6f2c1d0e-8a77-4f57-9a39-0c6f3e6f6f1${run}` }),
    ],
  ])('stops an agent %s, and the next run has its own', async (_what, configOf) => {
    const own = await testEmulator()
    const tools = [secureFetchTool(testClient(own, { budget: { callsPerRun: 2 } }))]
    const checkpointer = new MemorySaver()
    const model = fakeModel()
    for (let run = 0; run < 2; run++) {
      for (let id = 0; id < 4; id++) {
        const name = 'authsec_secure_fetch'
        model.respondWithTools([{ name, args: { endpoint: 'metrics' }, id: `${run}-${id}` }])
      }
      model.respond(new AIMessage('over'))
    }
    const agent = createAgent({ model, tools, checkpointer })
    for (let run = 0; run < 2; run++) {
      const config = { configurable: { thread_id: `${run}` }, ...configOf(run) }
      await agent.invoke({ messages: [new HumanMessage('go')] }, config)
      const calls = own.requests.filter(({ path }) => path.startsWith('/secure-vault'))
      expect(calls).toHaveLength(2 * (run + 1))
    }
    await own.close()
  })

  it('is not shared by runs of a program that uses one message object for all', async () => {
    const own = await testEmulator()
    const tools = [secureFetchTool(testClient(own, { budget: { callsPerRun: 1 } }))]
    const messages = [new HumanMessage('go')]
    for (let run = 0; run < 3; run++) {
      const name = 'authsec_secure_fetch'
      const model = fakeModel()
        .respondWithTools([{ name, args: { endpoint: 'metrics' }, id: 'c' }])
        .respond(new AIMessage('over'))
      const result = await createAgent({ model, tools }).invoke({ messages })
      const answer = result.messages.find((message) => ToolMessage.isInstance(message))
      expect(answer?.artifact).toMatchObject({ ok: true })
    }
    await own.close()
  })

  it('does not exist in a loop of a program, which the budget of the client stops', async () => {
    const own = await testEmulator()
    const budget = { callsPerRun: 1, callsPerWindow: 3 }
    const plain = secureFetchTool(testClient(own, { budget }))
    const model = fakeModel()
    for (let id = 0; id < 6; id++) {
      const name = 'authsec_secure_fetch'
      model.respondWithTools([{ name, args: { endpoint: 'metrics' }, id: `${id}` }])
    }
    const codes: unknown[] = []
    for (let step = 0; step < 6; step++) {
      const { tool_calls: [next] = [] } = await model.invoke('go')
      if (!next) throw new Error('The model made no call.')
      const { name, args, id } = next
      const message = await plain.invoke(call(args, name))
      expect(id).toBe(`${step}`)
      codes.push((message.artifact as { code?: string }).code)
    }
    expect(codes).toEqual([...Array(3), ...Array(3).fill('budget_exceeded')])
    await own.close()
  })
})

describe('an agent', () => {
  const twoCalls = () =>
    fakeModel()
      .respondWithTools([
        { name: 'authsec_secure_fetch', args: { endpoint: 'metrics' }, id: 'one' },
        { name: 'authsec_secure_fetch', args: { endpoint: '//evil.test' }, id: 'two' },
      ])
      .respond((messages) => new AIMessage(`read ${messages.length}`))

  it('calls the vault, survives a refused call, and keeps no secret in messages, stream or checkpoints', async () => {
    const checkpointer = new MemorySaver()
    const agent = createAgent({ model: twoCalls(), tools: [secureFetchTool()], checkpointer })
    const config = {
      configurable: { thread_id: 't1' },
      callbacks: [new AuthSecCallbackHandler(client)],
    }
    const { messages } = await agent.invoke({ messages: [{ role: 'user', content: 'go' }] }, config)
    const results = messages.filter((message) => ToolMessage.isInstance(message))
    expect(results.map(({ status }) => status)).toEqual(['success', 'error'])
    watch('messages', messages)
    watch('checkpoints', checkpointer.storage)
    const kept = Object.values(checkpointer.storage)
      .flatMap((byNamespace) => Object.values(byNamespace))
      .flatMap((byId) => Object.values(byId))
      .flat(2)
    const texts = kept.map((part) =>
      part instanceof Uint8Array ? new TextDecoder().decode(part) : String(part),
    )
    expect(texts.join('')).toContain('metrics')
    watch('checkpoint text', texts)

    const streaming = createAgent({ model: twoCalls(), tools: [secureFetchTool(client)] })
    const stream = await streaming.stream(
      { messages: [{ role: 'user', content: 'go' }] },
      { streamMode: ['updates', 'values', 'messages', 'debug'], callbacks: config.callbacks },
    )
    let chunks = 0
    for await (const chunk of stream) {
      chunks += 1
      watch('a stream chunk', chunk)
    }
    expect(chunks).toBeGreaterThan(3)
  })

  it('is told in one sentence that the delegation was revoked', async () => {
    const own = inProcessEmulator({ mockIssuer: true })
    own.control.revoke()
    const mock = createAuthSecClientFromEnv(
      { AUTHSEC_MODE: 'mock' },
      { emulator: own, onEvent: () => undefined },
    )
    const model = fakeModel()
      .respondWithTools([
        { name: 'authsec_secure_fetch', args: { endpoint: 'metrics' }, id: 'one' },
      ])
      .respond(new AIMessage('over'))
    const agent = createAgent({ model, tools: [secureFetchTool(mock)] })
    const { messages } = await agent.invoke({ messages: [{ role: 'user', content: 'go' }] })
    const result = messages.find((message) => ToolMessage.isInstance(message))
    expect(result).toMatchObject({
      status: 'error',
      artifact: { ok: false, code: 'no_active_delegation', mock: true },
    })
  })
})
