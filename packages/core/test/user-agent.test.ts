import { readFileSync } from 'node:fs'
import type { Emulator } from '@authsec/emulator'
import { fastClock, startServer, testClient, testEmulator } from '@authsec-internal/test-kit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const manifest: { version: string } = JSON.parse(
  readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
)
const own = `authsec-core/${manifest.version}`

let emulator: Emulator
beforeAll(async () => {
  emulator = await testEmulator()
})
afterAll(() => emulator.close())

async function seenBy(
  call: (client: ReturnType<typeof testClient>, url: string) => Promise<unknown>,
): Promise<(string | undefined)[]> {
  const seen: (string | undefined)[] = []
  await using api = await startServer((request, response) => {
    seen.push(request.headers['user-agent'])
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
  })
  const resources = [{ baseUrl: api.baseUrl }]
  await call(testClient(emulator, { resources }), `${api.baseUrl}/x`)
  return seen
}

describe('the User-Agent', () => {
  it('names this package and its version to an API, by secureFetch and by fetch', async () => {
    expect(await seenBy((client) => client.secureFetch({ endpoint: 'x' }))).toEqual([own])
    expect(await seenBy(async (client, url) => (await client.fetch(url)).text())).toEqual([own])
  })

  it("of the developer is sent in place of the package's own", async () => {
    for (const name of ['user-agent', 'User-Agent', 'USER-AGENT']) {
      const headers = { [name]: 'my-app/1' }
      const bySecureFetch = seenBy((client) => client.secureFetch({ endpoint: 'x', headers }))
      expect(await bySecureFetch).toEqual(['my-app/1'])
      const byFetch = seenBy(async (client, url) => (await client.fetch(url, { headers })).text())
      expect(await byFetch).toEqual(['my-app/1'])
    }
  })

  it('names this package to AuthSec, for tokens and for approvals', async () => {
    const seen = new Map<string | undefined, string | undefined>()
    await using authsec = await startServer((request, response) => {
      seen.set(request.url, request.headers['user-agent'])
      response
        .writeHead(404, { 'content-type': 'application/json', 'x-request-id': 'r-1' })
        .end('{}')
    })
    const client = testClient({ ...emulator, baseUrl: authsec.baseUrl }, { clock: fastClock })
    const question = { approver: 'a@example.com', message: 'May I?' }
    await client.getDelegationToken().catch(() => undefined)
    await client.requestApproval(question).catch(() => undefined)
    expect(seen.size).toBe(2)
    expect(new Set(seen.values())).toEqual(new Set([own]))
  })
})
