import type { FetchLike } from '@authsec/core'
import { rejection, testClient, testEmulator } from '@authsec-internal/test-kit'
import { describe, expect, it, vi } from 'vitest'
import { AuthSecSecureReader } from '../src/index.ts'

/** A reader whose requests to the API are sent by the function. */
async function readWith(
  send: FetchLike,
  format: 'json' | 'ndjson',
): Promise<{ error: Error; onPageError: ReturnType<typeof vi.fn> }> {
  await using emulator = await testEmulator()
  const client = testClient(emulator, {
    resources: [{ name: 'api', baseUrl: 'http://127.0.0.1:9/v1/', timeoutMs: 2_000 }],
    fetch: (url, init) => (url.includes('delegation-token') ? fetch(url, init) : send(url, init)),
  })
  const reader = new AuthSecSecureReader({
    client,
    endpoint: 'records',
    permission: 'records:read',
    format,
    baseUrl: 'http://127.0.0.1:9/v1/',
  })
  const onPageError = vi.fn(() => 'stop' as const)
  const error = await rejection(reader.loadData())
  await reader.loadData({ onPageError }).catch(() => undefined)
  return { error, onPageError }
}

describe.each(['json', 'ndjson'] as const)('a read of %s', (format) => {
  it.each(['ECONNREFUSED', 'ENOTFOUND', 'CERT_HAS_EXPIRED', 'EHOSTUNREACH'])(
    'says what the system calls the failure: %s',
    async (code) => {
      const cause = Object.assign(new Error('connect'), { code })
      const send = (): Promise<Response> => Promise.reject(new TypeError('fetch failed', { cause }))
      const { error } = await readWith(send, format)
      expect(error).toMatchObject({ name: 'ReadError', systemCode: code })
      expect(JSON.parse(JSON.stringify(error))).toMatchObject({ systemCode: code })
      expect(error.message).toContain(`(${code})`)
    },
  )

  it.each<[string, FetchLike]>([
    ['calls what is no function', async () => Reflect.apply(undefined as never, null, [])],
    ['sends to no URL', (_url, init) => fetch('no url', init)],
    ['returns nothing', async () => undefined as never],
    ['overflows', () => Promise.reject(new RangeError('Maximum call stack size exceeded'))],
  ])('is ended by a mistake in the program, which is no bad page: it %s', async (_what, send) => {
    const { error, onPageError } = await readWith(send, format)
    expect(error).toMatchObject({ name: 'ConfigError', code: 'fetch_unusable' })
    expect(onPageError).not.toHaveBeenCalled()
  })
})
