import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import {
  anotherProcess,
  createFakeClock,
  createRandom,
  inProcessEmulator,
  pick,
  rejection,
  settle,
  testClient,
  testEmulator,
} from '@authsec-internal/test-kit'
import { describe, expect, it } from 'vitest'
import type { AuthSecClient } from '../src/client/client.ts'
import { createAuthSecClient } from '../src/client/create-client.ts'
import type { AuthSecClientOptions } from '../src/config/client-options.ts'
import type { AuthSecEvent } from '../src/events.ts'
import type { FetchLike } from '../src/http/transport.ts'
import { createMemoryStore } from '../src/store.ts'

const AGENT = 'a594430b-2bd4-4792-9666-63162ee858c5'

/** A program whose clients send by the same function to one emulator, as clients of one process do. */
function program(options: Parameters<typeof inProcessEmulator>[0] = {}) {
  const clock = createFakeClock()
  const emulator = inProcessEmulator({ clock, clientId: AGENT, ...options })
  const state = { hold: undefined as Promise<void> | undefined }
  const fetch: FetchLike = async (input, init) => {
    await state.hold
    return emulator.fetch(new Request(input, init))
  }
  const baseUrl = `https://${crypto.randomUUID()}.example.com`
  const client = (own: Partial<AuthSecClientOptions> = {}): AuthSecClient =>
    createAuthSecClient({ baseUrl, clientId: AGENT, clock, fetch, ...own })
  const pulls = (): number =>
    emulator.requests.filter(({ path }) => path.endsWith('/delegation-token')).length
  return { clock, emulator, client, pulls, state, fetch }
}

describe('clients of the same agent in one process', () => {
  it('ask once for the token of 200 of them, each with 50 calls at once', async () => {
    const { client, pulls } = program()
    const warnings: Error[] = []
    const onWarning = (warning: Error): void => void warnings.push(warning)
    process.on('warning', onWarning)
    const clients = Array.from({ length: 200 }, () => client())
    const calls = clients.flatMap((one) => Array.from({ length: 50 }, () => one))
    const tokens = await Promise.all(calls.map((one) => one.getDelegationToken()))
    await settle()
    process.off('warning', onWarning)
    expect(pulls()).toBe(1)
    expect(new Set(tokens).size).toBe(1)
    expect(warnings).toEqual([])
  })

  it('ask once over real HTTP', async () => {
    await using emulator = await testEmulator()
    const clients = Array.from({ length: 50 }, () => testClient(emulator))
    await Promise.all(clients.map((one) => one.getDelegationToken()))
    expect(emulator.requests).toHaveLength(1)
  })

  it('are all served by what one of them refreshed', async () => {
    const { client, emulator, pulls } = program()
    const [first, second, third] = [client(), client(), client()]
    const old = await first.getDelegationToken()
    emulator.control.delegate({ permissions: ['records:write'] })
    const newer = await second.getDelegationToken({ forceRefresh: true })
    expect(newer).not.toBe(old)
    expect([await first.getDelegationToken(), await third.getDelegationToken()]).toEqual([
      newer,
      newer,
    ])
    expect(pulls()).toBe(2)
  })

  it('all lose a token that AuthSec took back', async () => {
    const { client, emulator, pulls } = program()
    const [first, second] = [client(), client()]
    await first.getDelegationToken()
    emulator.control.revoke()
    await rejection(first.getDelegationToken({ forceRefresh: true }))
    expect(await rejection(second.getDelegationToken())).toMatchObject({
      code: 'no_active_delegation',
    })
    expect(pulls()).toBe(2)
  })

  it('learn of the request that their own call began, and of no other', async () => {
    const { client } = program()
    const seen: [string, AuthSecEvent['type']][] = []
    const observed = (name: string): AuthSecClient =>
      client({ onEvent: ({ type }) => void seen.push([name, type]) })
    const [first, second] = [observed('first'), observed('second')]
    await Promise.all([first.getDelegationToken(), second.getDelegationToken()])
    await second.getDelegationToken({ forceRefresh: true })
    expect(seen.filter(([, type]) => type.startsWith('token.'))).toEqual([
      ['first', 'token.requested'],
      ['first', 'token.acquired'],
      ['second', 'token.requested'],
      ['second', 'token.acquired'],
    ])
  })

  it('run the request that their own call began inside their own instrumentation', async () => {
    const { client } = program()
    const reasons: string[] = []
    const instrumented = (name: string): AuthSecClient =>
      client({
        instrumentation: {
          token: (step, work) => {
            reasons.push(`${name} ${step.reason}`)
            return work()
          },
        },
      })
    const [first, second] = [instrumented('first'), instrumented('second')]
    await first.getDelegationToken()
    await second.getDelegationToken()
    await second.getDelegationToken({ forceRefresh: true })
    expect(reasons).toEqual(['first first', 'second forced'])
  })

  it.each<[string, (clock: ReturnType<typeof createFakeClock>) => Partial<AuthSecClientOptions>]>([
    ['another tenant', () => ({ tenantId: '7e0e2a27-0a6b-4d0e-a2a8-0d3f7f1a2b3c' })],
    ['another session', () => ({ apiToken: 'another-session' })],
    ['another way to send the client ID', () => ({ clientIdIn: 'query' })],
    ['another timeout', () => ({ timeoutMs: 9_999 })],
    ['another margin', () => ({ refreshMarginSeconds: 7 })],
    ['another longest lifetime', () => ({ maxTokenLifetimeSeconds: 85_000 })],
    ['another server', () => ({ baseUrl: 'https://other.example.com' })],
    ['a store', () => ({ store: createMemoryStore() })],
    ['another process', (clock) => anotherProcess(clock)],
  ])('ask for themselves with %s', async (_what, own) => {
    const { client, pulls, clock } = program()
    await client().getDelegationToken()
    await client(own(clock))
      .getDelegationToken()
      .catch(() => undefined)
    expect(pulls()).toBe(2)
  })

  it('ask for themselves when they send by another function', async () => {
    const { client, pulls, fetch } = program()
    await client().getDelegationToken()
    await client({ fetch: (input, init) => fetch(input, init) }).getDelegationToken()
    expect(pulls()).toBe(2)
  })

  it('share it whatever else is different about them', async () => {
    const { client, pulls } = program()
    await client().getDelegationToken()
    await client({ clientId: AGENT.toUpperCase() }).getDelegationToken()
    await client({ resources: [{ baseUrl: 'https://api.example.com' }] }).getDelegationToken()
    await client({ budget: { callsPerRun: 1 }, onEvent: () => undefined }).getDelegationToken()
    expect(pulls()).toBe(1)
  })
})

describe('closing one of several clients', () => {
  it('ends its own waits and nobody else’s', async () => {
    const { client, state, pulls } = program()
    const held = Promise.withResolvers<void>()
    state.hold = held.promise
    const [first, second] = [client(), client()]
    const lost = rejection(first.getDelegationToken())
    const alsoLost = rejection(first.getDelegationToken({ signal: new AbortController().signal }))
    const waiting = second.getDelegationToken()
    await settle()
    await first.close()
    expect([await lost, await alsoLost]).toMatchObject([
      { code: 'client_closed' },
      { code: 'client_closed' },
    ])
    held.resolve()
    expect((await waiting).permissions).toContain('metrics:read')
    expect(await rejection(first.getDelegationToken())).toMatchObject({ code: 'client_closed' })
    expect(pulls()).toBe(1)
  })

  it('keeps the token for the others, and drops it with the last', async () => {
    const { client, pulls } = program()
    const [first, second] = [client(), client()]
    await first.getDelegationToken()
    await first.close()
    await first.close()
    await second.getDelegationToken()
    expect(pulls()).toBe(1)
    await second.close()
    await client().getDelegationToken()
    expect(pulls()).toBe(2)
  })

  it('breaks the request off with the last one', async () => {
    const clock = createFakeClock()
    let isAborted = false
    const fetch: FetchLike = (_input, { signal }) =>
      new Promise((_resolve, reject) => {
        signal?.addEventListener('abort', () => {
          isAborted = true
          reject(signal.reason)
        })
      })
    const client = (): AuthSecClient =>
      createAuthSecClient({ baseUrl: 'https://one.example.com', clientId: AGENT, clock, fetch })
    const [first, second] = [client(), client()]
    const both = [first, second].map((one) => rejection(one.getDelegationToken()))
    await settle()
    await first.close()
    await settle()
    expect(isAborted).toBe(false)
    await second.close()
    expect(await Promise.all(both)).toMatchObject([
      { code: 'client_closed' },
      { code: 'client_closed' },
    ])
    expect(isAborted).toBe(true)
    expect(clock.pending).toBe(0)
  })
})

describe('a client that is garbage', () => {
  it('keeps neither the token nor its own parts', async () => {
    await using emulator = await testEmulator()
    const source = `
      import { createAuthSecClient } from '@authsec/core'
      const [baseUrl, clientId] = process.argv.slice(1)
      const refs = []
      async function use() {
        const onEvent = () => undefined
        const client = createAuthSecClient({ baseUrl, clientId, onEvent })
        refs.push(new WeakRef(client), new WeakRef(onEvent))
        refs.push(new WeakRef(await client.getDelegationToken()))
      }
      async function collect() {
        for (let turn = 0; turn < 40; turn += 1) {
          globalThis.gc()
          await new Promise((resolve) => setTimeout(resolve, 25))
        }
      }
      await use()
      await use()
      const second = createAuthSecClient({ baseUrl, clientId })
      const ask = async () => void (await second.getDelegationToken())
      await ask()
      await collect()
      const others = refs.filter((ref, index) => index % 3 !== 2 && ref.deref()).length
      await second.close()
      await collect()
      console.log(others, refs.filter((ref) => ref.deref()).length)`
    const flags = ['--expose-gc', '--conditions=@authsec/source', '--no-warnings']
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [...flags, '--input-type=module', '-e', source, emulator.baseUrl, emulator.clientId],
      { cwd: import.meta.dirname, timeout: 20_000 },
    )
    expect(stdout.trim()).toBe('0 0')
    expect(emulator.requests).toHaveLength(1)
  })
})

describe('clients of many agents, tenants, sessions and servers, in any order', () => {
  const uuid = (kind: string, index: number): string =>
    `${kind}0000000-0000-4000-8000-${String(index).padStart(12, '0')}`
  const agents = [1, 2, 3].map((index) => uuid('a', index))
  const tenants = [undefined, uuid('b', 1), uuid('b', 2)]
  const sessions = [undefined, 'session-one', 'session-two']
  const servers = ['https://one.example.com', 'https://two.example.com']

  /** Answers with a token that says what it was asked with. The tenant is only the client's wish. */
  const sent = new Map<string, string>()
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  const fetchOf = (now: () => number): FetchLike => {
    return async (input, { headers }) => {
      await new Promise(setImmediate)
      const given = new Headers(headers)
      const clientId = given.get('x-client-id') ?? ''
      const sub = [new URL(input).origin, clientId, given.get('authorization')].join(' ')
      const exp = Math.floor(now() / 1000) + 3_600
      const token = `${part({ alg: 'RS256' })}.${part({ sub, exp })}.${part({ sub })}`
      sent.set(token, sub)
      return Response.json({ token, client_id: clientId, permissions: [], audience: [] })
    }
  }

  it('never get the token of another one in 10 000 steps', async () => {
    const rateLimit = { requestsPerMinute: 100_000 }
    const random = createRandom(20_261_127)
    const clock = createFakeClock()
    const fetch = fetchOf(clock.now)
    const open: { client: AuthSecClient; expected: string }[] = []
    const mixedUp: string[] = []
    const waits: Promise<void>[] = []
    for (let step = 0; step < 10_000; step += 1) {
      const chance = random()
      if (chance < 0.3 || open.length === 0) {
        const baseUrl = pick(random, servers)
        const clientId = pick(random, agents)
        const apiToken = sessions[Math.floor(random() * 3)]
        const tenantId = tenants[Math.floor(random() * 3)]
        const client = createAuthSecClient({
          baseUrl,
          clientId,
          apiToken,
          tenantId,
          clock,
          fetch,
          rateLimit,
        })
        const expected = [baseUrl, clientId, apiToken && `Bearer ${apiToken}`].join(' ')
        open.push({ client, expected })
      } else if (chance < 0.5) {
        const [closed] = open.splice(Math.floor(random() * open.length), 1)
        await closed?.client.close()
      } else {
        const { client, expected } = pick(random, open)
        const forceRefresh = random() < 0.1
        const wait = client.getDelegationToken({ forceRefresh }).then(
          ({ value }) => {
            if (sent.get(value) !== expected) mixedUp.push(expected)
          },
          (error: { code?: string }) => {
            if (error.code !== 'client_closed') mixedUp.push(String(error.code))
          },
        )
        waits.push(wait)
        if (random() < 0.2) await wait
      }
    }
    await Promise.all(waits)
    expect(mixedUp).toEqual([])
    expect(waits.length).toBeGreaterThan(4_000)
  })
})
