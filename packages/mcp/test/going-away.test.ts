import { request } from 'node:http'
import { testClient, testEmulator } from '@authsec-internal/test-kit'
import { describe, expect, it, vi } from 'vitest'
import { startHttpServer } from '../src/http/http-server.ts'
import { createAuthSecMcpHandler } from '../src/index.ts'
import { http2025, http2026 } from './support/processes.ts'
import { record, releasedRecord } from './support/vault.ts'

/** A server over HTTP, and how the approvals of its calls ended. */
async function setUp() {
  const emulator = await testEmulator()
  const outcomes: string[] = []
  const client = testClient(emulator, {
    approvals: { queuedPerApprover: 0 },
    onEvent(event) {
      if (event.type === 'approval.settled') outcomes.push(event.outcome)
    },
  })
  const operations = [record, releasedRecord]
  const server = await startHttpServer({ port: 0, host: '127.0.0.1' }, (origin) =>
    createAuthSecMcpHandler(client, { operations, publicUrl: `${origin}/mcp` }),
  )
  const url = `${server.origin}/mcp`
  const asked = (count = 1): Promise<void> =>
    vi.waitFor(() => expect(emulator.control.approvals()).toHaveLength(count), { timeout: 8_000 })
  return {
    emulator,
    outcomes,
    url,
    asked,
    [Symbol.asyncDispose]: async () => {
      await server.close()
      await client.close()
      await emulator.close()
    },
  }
}

const release = { name: 'release_record', arguments: { id: 'rec-0001' } }
const legacyCall = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: release }

/** Sends a request of 2025 and returns what cuts its connection, as the death of a client does. */
function sendRaw(url: string, body: object, headers: Record<string, string> = {}): () => void {
  const sent = request(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...headers,
    },
  })
  sent.on('error', () => undefined)
  sent.on('response', (response) => void response.resume().on('error', () => undefined))
  sent.end(JSON.stringify(body))
  return () => void sent.destroy()
}

type All = Awaited<ReturnType<typeof setUp>>

/** The approver has room for the same question of somebody else, and for another one. */
async function expectFreePlace({ emulator, url, asked, outcomes }: All): Promise<void> {
  await vi.waitFor(() => expect(outcomes).toEqual(['cancelled']), { timeout: 8_000 })
  const before = emulator.control.approvals().length
  const client = await http2025(url)
  const other = { name: 'release_record', arguments: { id: 'rec-0002' } }
  client.callTool(other).catch(() => undefined)
  await asked(before + 1)
  await client.close()
  expect(emulator.requests.filter(({ path }) => path.includes('records'))).toEqual([])
}

const session = (id: string): Record<string, string> => ({
  'mcp-session-id': id,
  'mcp-protocol-version': '2025-06-18',
})

describe('the approver of a client of 2025 that went away', () => {
  it('is free when the client closed its session', async () => {
    await using all = await setUp()
    const client = await http2025(all.url)
    client.callTool(release).catch(() => undefined)
    await all.asked()
    await client.close()
    await expectFreePlace(all)
  })

  it.each([
    ['with progress, so that the answer had begun', { _meta: { progressToken: 7 } }],
    ['without progress, so that nothing was answered yet', {}],
  ])('is free when the connection of its call broke, %s', async (_what, more) => {
    await using all = await setUp()
    const client = await http2025(all.url)
    const { sessionId = '' } = Object(client.transport)
    const call = { ...legacyCall, params: { ...release, ...more } }
    const cut = sendRaw(all.url, call, session(sessionId))
    await all.asked()
    cut()
    await expectFreePlace(all)
    await client.close()
  })

  it('is free when the connection of a call without a session broke', async () => {
    await using all = await setUp()
    const cut = sendRaw(all.url, legacyCall)
    await all.asked()
    cut()
    await expectFreePlace(all)
  })

  it('is free when the client deleted its session in another request', async () => {
    await using all = await setUp()
    const client = await http2025(all.url)
    client.callTool(release).catch(() => undefined)
    await all.asked()
    const { sessionId = '' } = Object(client.transport)
    const answer = await fetch(all.url, { method: 'DELETE', headers: session(sessionId) })
    expect(answer.status).toBe(200)
    await expectFreePlace(all)
    await client.close()
  })

  it('is free when the connection broke while the question was being sent', async () => {
    await using all = await setUp()
    all.emulator.control.failNext({ kind: 'delay', ms: 400 }, { path: /initiate/ })
    const cut = sendRaw(all.url, legacyCall)
    await vi.waitFor(() => expect(all.emulator.requests).toHaveLength(1))
    await new Promise((resolve) => setTimeout(resolve, 200))
    cut()
    const client = await http2025(all.url)
    await vi.waitFor(
      () => {
        // Refused at once while the place is taken.
        client.callTool({ ...release, arguments: { id: 'rec-0002' } }).catch(() => undefined)
        const messages = all.emulator.control
          .approvals()
          .map(({ bindingMessage }) => bindingMessage)
        expect(messages).toContainEqual(expect.stringContaining('rec-0002'))
      },
      { timeout: 8_000, interval: 100 },
    )
    await client.close()
  })

  it('is not asked a second time for the same call of two clients, one of which goes away', async () => {
    await using all = await setUp()
    const cut = sendRaw(all.url, legacyCall)
    await all.asked()
    const client = await http2025(all.url)
    const call = client.callTool(release)
    await new Promise((resolve) => setTimeout(resolve, 300))
    cut()
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(all.outcomes).toEqual([])
    all.emulator.control.approve()
    expect(await call).toMatchObject({ structuredContent: { ok: true } })
    expect(all.emulator.control.approvals()).toHaveLength(1)
    await client.close()
  })
})

describe('the approver of a client of 2026 that went away', () => {
  it('is free when the connection of its first request broke', async () => {
    await using all = await setUp()
    const client = await http2026(all.url)
    client.callTool(release).catch(() => undefined)
    await all.asked()
    await client.close()
    await expectFreePlace(all)
  })
})
