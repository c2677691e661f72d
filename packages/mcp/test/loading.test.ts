import { inProcessClient, inProcessEmulator, rejection, settle } from '@authsec-internal/test-kit'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

const publicUrl = 'http://127.0.0.1:7400/mcp'
const verify = '@authsec/verify'

beforeEach(() => vi.resetModules())
afterEach(() => vi.doUnmock(verify))

const list = (): Request =>
  new Request(publicUrl, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      host: '127.0.0.1:7400',
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' }),
  })

describe('the HTTP side', () => {
  const client = inProcessClient(inProcessEmulator())

  it('is loaded with the first handler, not with a server for another transport', async () => {
    const loaded = vi.fn()
    vi.doMock(verify, (original) => {
      loaded()
      return original()
    })
    const { createAuthSecMcpHandler, createAuthSecMcpServer } = await import('../src/index.ts')
    createAuthSecMcpServer(client)
    expect(loaded).not.toHaveBeenCalled()
    const handler = createAuthSecMcpHandler(client, { publicUrl })
    expect((await handler.fetch(list())).status).toBe(200)
    expect(loaded).toHaveBeenCalledOnce()
    await handler.close()
  })

  it('serves nothing when it cannot be loaded, and says why', async () => {
    vi.doMock(verify, () => {
      throw new Error('not installed')
    })
    const { createAuthSecMcpHandler } = await import('../src/index.ts')
    const handler = createAuthSecMcpHandler(client, { publicUrl })
    // Nobody has asked yet when it fails, which must not end the process.
    await import('../src/http/http-handler.ts').catch(() => undefined)
    await settle()
    for (const asked of [handler.fetch(list()), handler.fetch(list())]) {
      expect((await rejection(asked)).cause).toMatchObject({ message: 'not installed' })
    }
  })

  it('refuses an address that is none before it is loaded', async () => {
    const { createAuthSecMcpHandler } = await import('../src/index.ts')
    expect(() => createAuthSecMcpHandler(client, { publicUrl: 'mcp' })).toThrow(TypeError)
  })
})
