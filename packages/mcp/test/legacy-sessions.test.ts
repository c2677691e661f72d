import { createDelegationVerifier, type PublicKeyJwk } from '@authsec/verify'
import { testClient, testEmulator } from '@authsec-internal/test-kit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startHttpServer } from '../src/http/http-server.ts'
import { type AuthSecMcpHandler, createAuthSecMcpHandler } from '../src/index.ts'
import { initialize } from './support/processes.ts'

type TestEmulator = Awaited<ReturnType<typeof testEmulator>>

let emulator: TestEmulator
beforeAll(async () => {
  emulator = await testEmulator()
})
afterAll(() => emulator.close())

const publicUrl = 'http://127.0.0.1:7400/mcp'

/** The sessions of a handler: how callers open and use them. */
function sessionsOf(handler: AuthSecMcpHandler) {
  const send = (
    message: object,
    address: string | undefined,
    headers: Record<string, string>,
  ): Promise<Response> => {
    const init = {
      method: 'POST',
      headers: {
        host: '127.0.0.1:7400',
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        ...headers,
      },
      body: JSON.stringify(message),
    }
    return handler.fetch(new Request(publicUrl, init), address)
  }
  const open = async (address?: string, headers: Record<string, string> = {}): Promise<string> => {
    const response = await send(initialize, address, headers)
    await response.body?.cancel()
    return response.headers.get('mcp-session-id') ?? expect.fail(`status ${response.status}`)
  }
  const isOpen = async (
    id: string,
    address?: string,
    headers: Record<string, string> = {},
  ): Promise<boolean> => {
    const message = { jsonrpc: '2.0', id: 1, method: 'ping' }
    const response = await send(message, address, { 'mcp-session-id': id, ...headers })
    await response.body?.cancel()
    return response.status === 200
  }
  return { open, isOpen }
}

/** Opens sessions one after the other; returns their IDs, oldest first. */
async function openMany(count: number, open: () => Promise<string>): Promise<string[]> {
  const ids: string[] = []
  for (let index = 0; index < count; index++) ids.push(await open())
  return ids
}

describe('the sessions of legacy clients', () => {
  const create = (): ReturnType<typeof sessionsOf> =>
    sessionsOf(createAuthSecMcpHandler(testClient(emulator), { publicUrl }))

  it('are the oldest own ones that a caller with most of them loses', async () => {
    const { open, isOpen } = create()
    const others = [await open('10.0.0.1'), await open('10.0.0.2'), await open(undefined)]
    const own = await openMany(150, () => open('10.0.0.3'))
    expect(await isOpen(others[0] ?? '', '10.0.0.1')).toBe(true)
    expect(await isOpen(others[1] ?? '', '10.0.0.2')).toBe(true)
    expect(await isOpen(others[2] ?? '')).toBe(true)
    const kept = await Promise.all(own.map((id) => isOpen(id, '10.0.0.3')))
    expect(kept).toEqual(own.map((_, index) => index >= 150 - 97))
  })

  it('are shared evenly when two callers open all they can', async () => {
    const { open, isOpen } = create()
    const first = await openMany(100, () => open('10.0.0.1'))
    const second = await openMany(120, () => open('10.0.0.2'))
    const openOf = async (ids: string[]): Promise<number> =>
      (await Promise.all(ids.map((id) => isOpen(id)))).filter(Boolean).length
    expect([await openOf(first), await openOf(second)]).toEqual([50, 50])
    expect(await isOpen(first[99] ?? '')).toBe(true)
  })

  it('are at most 100, also when they are opened at the same time', async () => {
    const { open, isOpen } = create()
    const opened = await Promise.allSettled(
      Array.from({ length: 130 }, (_, index) => open(`10.0.${index % 2}.${index % 50}`)),
    )
    // One that is replaced before it is answered has no ID.
    const ids = opened.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
    const kept = await Promise.all(ids.map((id) => isOpen(id)))
    expect(kept.filter(Boolean)).toHaveLength(100)
  })

  it('of 100 callers leave room for another one', async () => {
    const { open, isOpen } = create()
    const ids: string[] = []
    for (let index = 0; index < 101; index++) ids.push(await open(`10.0.0.${index}`))
    const kept = await Promise.all(ids.map((id) => isOpen(id)))
    expect(kept).toEqual(ids.map((_, index) => index !== 0))
  })

  it('count for the verified subject, from whatever address it calls', async () => {
    const callers = await Promise.all(
      [1, 2].map(() => testEmulator({ audience: ['mcp-server'], tenantId: TENANT_ID })),
    )
    const [busy, quiet] = await Promise.all(callers.map(bearerOf))
    const keys = (await Promise.all(callers.map(keysOf))).flat()
    const verifier = createDelegationVerifier({ keys, tenantId: TENANT_ID, audience: 'mcp-server' })
    const inbound = { verifier, authSecUrl: 'https://auth.example.com' }
    const { open, isOpen } = sessionsOf(
      createAuthSecMcpHandler(testClient(emulator), { publicUrl, inbound }),
    )
    const kept = await open('10.0.0.1', quiet)
    let address = 0
    const own = await openMany(120, () => open(`10.0.1.${address++}`, busy))
    expect(await isOpen(kept, '10.0.0.9', quiet)).toBe(true)
    expect(await isOpen(own[119] ?? '', '10.0.0.9', busy)).toBe(true)
    expect(await isOpen(own[0] ?? '', '10.0.1.0', busy)).toBe(false)
    // Nobody uses the session of another subject.
    expect(await isOpen(kept, '10.0.0.1', busy)).toBe(false)
    await Promise.all(callers.map((caller) => caller.close()))
  })

  it('count for the address that a request comes from', async () => {
    const addresses: (string | undefined)[] = []
    const listening = await startHttpServer({ port: 0, host: '127.0.0.1' }, () => ({
      fetch: async (_request, address) => {
        addresses.push(address)
        return new Response('ok')
      },
      close: async () => undefined,
    }))
    await fetch(listening.origin)
    await listening.close()
    expect(addresses).toEqual(['127.0.0.1'])
  })

  it('work in a host that passes its environment in the place of the address', async () => {
    const handler = createAuthSecMcpHandler(testClient(emulator), { publicUrl })
    const environment = Object({ SECRET: 'x' })
    const { open, isOpen } = sessionsOf(handler)
    expect(await isOpen(await open(environment), environment)).toBe(true)
  })
})

const TENANT_ID = '6f2c1d0e-8a77-4f57-9a39-0c6f3e6f6f10'

async function bearerOf(caller: TestEmulator): Promise<Record<string, string>> {
  const { value } = await testClient(caller).getDelegationToken()
  return { authorization: `Bearer ${value}` }
}

async function keysOf({ baseUrl, tenantId }: TestEmulator): Promise<PublicKeyJwk[]> {
  const url = `${baseUrl}/authsec/spiresvc/v1/jwt/bundle?tenant_id=${tenantId}`
  return ((await (await fetch(url)).json()) as { keys: PublicKeyJwk[] }).keys
}
