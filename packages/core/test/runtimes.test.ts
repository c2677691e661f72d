import {
  inProcessEmulator,
  rejection,
  testClient,
  testEmulator,
  thrown,
} from '@authsec-internal/test-kit'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { createAuthSecClientFromEnv } from '../src/client/client-from-env.ts'
import { createAuthSecClient } from '../src/client/create-client.ts'
import { createConsoleReporter } from '../src/reporter.ts'

const ID = 'a594430b-2bd4-4792-9666-63162ee858c5'
const options = { baseUrl: 'https://auth.example.com', clientId: ID }
const env = { AUTHSEC_BASE_URL: options.baseUrl, AUTHSEC_AGENT_CLIENT_ID: ID }

/** Whose sockets undici cannot use, or who have none. */
const runtimes: [name: string, globals: Record<string, unknown>][] = [
  ['a browser', { process: undefined }],
  ['a bundle with a shim of process', { process: { env: {} } }],
  ['another shim of process', { process: { env: {}, versions: {} } }],
  ['Cloudflare Workers', { navigator: { userAgent: 'Cloudflare-Workers' } }],
  ["Vercel's edge", { EdgeRuntime: 'edge-runtime' }],
]

function inside<T>(globals: Record<string, unknown>, call: () => T): T {
  for (const [name, value] of Object.entries(globals)) vi.stubGlobal(name, value)
  try {
    return call()
  } finally {
    vi.unstubAllGlobals()
  }
}

afterEach(() => vi.unstubAllGlobals())

describe.each(runtimes)('in %s', (_name, globals) => {
  const refusal = {
    name: 'ConfigError',
    code: 'config_missing',
    message: expect.stringMatching(/^fetch is missing/),
    hint: expect.stringMatching(/`fetch`/),
  }

  it('a client without `fetch` is refused when it is made', () => {
    expect(inside(globals, () => thrown(() => createAuthSecClient(options)))).toMatchObject(refusal)
  })

  it('a client from variables is refused when it is made', () => {
    const make = (): unknown => createAuthSecClientFromEnv(env)
    expect(inside(globals, () => thrown(make))).toMatchObject(refusal)
  })

  it('a client with `fetch` makes its calls', async () => {
    await using emulator = await testEmulator()
    const client = inside(globals, () =>
      testClient(emulator, { fetch: (...args) => fetch(...args) }),
    )
    expect(await client.secureFetch({ endpoint: 'metrics' })).toMatchObject({ status: 200 })
  })

  it('a client in mock mode makes its calls', async () => {
    const emulator = inProcessEmulator()
    const client = inside(globals, () =>
      createAuthSecClientFromEnv({ AUTHSEC_MODE: 'mock' }, { emulator, onEvent: () => undefined }),
    )
    expect(await client.secureFetch({ endpoint: 'metrics' })).toMatchObject({ status: 200 })
  })
})

describe.each(runtimes.filter(([, globals]) => 'process' in globals))('in %s', (_name, globals) => {
  it('no variable is set, and the remedy is named', () => {
    const error = inside(globals, () => thrown(() => createAuthSecClientFromEnv()))
    expect(error).toMatchObject({ name: 'ConfigError', code: 'config_missing' })
  })

  it('the reporter writes to the console', () => {
    const written = vi.spyOn(console, 'error').mockImplementation(() => undefined)
    const origin = { time: new Date(0), client: 'cid_00000000' }
    const event = {
      ...origin,
      type: 'warning',
      code: 'mock_mode',
      message: 'Only a test.',
    } as const
    inside(globals, () => createConsoleReporter()(event))
    expect(written.mock.calls.join()).toContain('Only a test.')
    written.mockRestore()
  })
})

it('in Node.js a client needs no `fetch`', async () => {
  await using emulator = await testEmulator()
  expect(await testClient(emulator).secureFetch({ endpoint: 'metrics' })).toMatchObject({
    status: 200,
  })
  expect(
    await rejection(
      createAuthSecClient({ ...options, baseUrl: 'http://127.0.0.1:9' }).getDelegationToken(),
    ),
  ).toMatchObject({ code: 'network_error' })
})
