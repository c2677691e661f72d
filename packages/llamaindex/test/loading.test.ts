import { rejection } from '@authsec-internal/test-kit'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { numbered, startApi } from './support/api.ts'

const records = { endpoint: 'records', permission: 'records:read' } as const

beforeEach(() => vi.resetModules())
afterEach(() => vi.doUnmock('@llamaindex/core/schema'))

describe('the module that reads', () => {
  it('is loaded together with LlamaIndex at the first read', async () => {
    const loaded = vi.fn()
    vi.doMock('@llamaindex/core/schema', (original) => {
      loaded()
      return original()
    })
    const { AuthSecSecureReader } = await import('../src/index.ts')
    await using api = await startApi(numbered(3, 10))
    const reader = new AuthSecSecureReader({ client: api.client, ...records })
    expect(loaded).not.toHaveBeenCalled()
    expect(await reader.loadData({ pagination: { by: 'page' } })).toHaveLength(3)
    expect(loaded).toHaveBeenCalledOnce()
  })

  it('fails the read when it cannot be loaded, without a call of onPageError', async () => {
    vi.doMock('@llamaindex/core/schema', () => {
      throw new Error('not installed')
    })
    const { AuthSecSecureReader } = await import('../src/index.ts')
    await using api = await startApi(numbered(3, 10))
    const reader = new AuthSecSecureReader({ client: api.client, ...records })
    const onPageError = vi.fn(() => 'skip' as const)
    const error = await rejection(reader.loadData({ onPageError }))
    expect(error.cause).toMatchObject({ message: 'not installed' })
    expect(onPageError).not.toHaveBeenCalled()
    expect(api.asked).toEqual([])
  })

  it('requests no page when the signal aborts while it is being loaded', async () => {
    const { AuthSecSecureReader } = await import('../src/index.ts')
    await using api = await startApi(numbered(3, 10))
    const secureFetch = vi.fn(api.client.secureFetch)
    const reader = new AuthSecSecureReader({ client: { ...api.client, secureFetch }, ...records })
    const abort = new AbortController()
    const reason = new Error('stopped')
    const reading = reader.loadData({ signal: abort.signal })
    abort.abort(reason)
    expect(await rejection(reading)).toBe(reason)
    expect(secureFetch).not.toHaveBeenCalled()
  })
})
