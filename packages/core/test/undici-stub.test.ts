import type { LookupAddress, LookupOptions } from 'node:dns'
import { rejection, startServer, testClient, testEmulator } from '@authsec-internal/test-kit'
import { afterEach, describe, expect, it, vi } from 'vitest'

type Callback = (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void

const { answers, sent } = vi.hoisted(() => ({
  answers: new Map<string, readonly string[]>(),
  sent: [] as string[],
}))
vi.mock('node:dns', async (original) => ({
  ...(await original<typeof import('node:dns')>()),
  lookup(name: string, _options: LookupOptions, done: Callback) {
    const found = answers.get(name) ?? ['127.0.0.1']
    done(
      null,
      found.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    )
  },
}))
/** As Bun's: the options of the agent are not read, so `connect.lookup` is never called. */
vi.mock('undici', async (original) => {
  const undici = await original<typeof import('undici')>()
  class Agent {}
  const request: typeof undici.request = (url, options) => {
    sent.push(new URL(String(url)).hostname)
    const { dispatcher: _ignored, ...rest } = options ?? {}
    return undici.request(url, rest)
  }
  return { ...undici, Agent, request }
})

afterEach(() => {
  answers.clear()
  sent.length = 0
})

describe('where undici is replaced by a stub that looks up names itself', () => {
  it.each([
    ['a metadata address', 'https://api.example.test', '169.254.169.254'],
    ['a link-local IPv6 address', 'https://api.example.test', 'fe80::1'],
    ['the unspecified address', 'https://api.example.test', '::'],
    ['an address off this machine, over plain http', 'http://localhost:1', '10.0.0.5'],
  ])('nothing is sent to a name that resolves to %s', async (_what, baseUrl, address) => {
    await using emulator = await testEmulator()
    const client = testClient(emulator, { resources: [{ baseUrl }] })
    await client.getDelegationToken()
    sent.length = 0
    answers.set(new URL(baseUrl).hostname, ['203.0.113.9', address])
    const error = await rejection(client.secureFetch({ endpoint: 'x' }))
    expect(error).toMatchObject({ code: 'address_blocked' })
    expect(sent).toEqual([])
  })

  it('each request is checked, not the first one alone, and allowed ones are sent', async () => {
    await using emulator = await testEmulator()
    await using api = await startServer((_request, response) => {
      response.setHeader('content-type', 'application/json').end('{}')
    })
    const baseUrl = api.baseUrl.replace('127.0.0.1', 'localhost')
    const client = testClient(emulator, { resources: [{ baseUrl }] })
    expect(await client.secureFetch({ endpoint: 'x' })).toMatchObject({ status: 200 })
    expect(await client.secureFetch({ endpoint: 'x' })).toMatchObject({ status: 200 })
    answers.set('localhost', ['192.0.2.1'])
    expect(await rejection(client.secureFetch({ endpoint: 'x' }))).toMatchObject({
      code: 'address_blocked',
    })
    expect(api.count).toBe(2)
  })
})
