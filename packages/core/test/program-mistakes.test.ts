import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import {
  type ProgramRun,
  rejection,
  runProgram,
  startServer,
  testClient,
  testEmulator,
} from '@authsec-internal/test-kit'
import { Agent as Agent8 } from 'undici-8'
import { describe, expect, it } from 'vitest'
import type { FetchLike } from '../src/http/transport.ts'

declare const nothing: { send(): Promise<Response> }

/** Mistakes in a fetch function: the engine, Node.js or undici reports them, and no network is involved. */
const mistakes: readonly [string, FetchLike][] = [
  ['calls what is no function', async () => (undefined as unknown as FetchLike)('x', {})],
  ['reads a property of undefined', async () => (undefined as unknown as Response).clone()],
  ['uses a name that does not exist', async () => nothing.send()],
  ['sends to no URL', (_url, init) => fetch('no url', init)],
  ['asks for a method that cannot be', (url, init) => fetch(url, { ...init, method: 'TRACE' })],
  ['uses a port that fetch refuses', (_url, init) => fetch('http://127.0.0.1:6000', init)],
  [
    'gives fetch a dispatcher of undici 8',
    (url, init) => fetch(url, Object.assign({}, init, { dispatcher: new Agent8() })),
  ],
  ['has no module', () => import(`no-such-${'module'}`)],
  ['recurses for ever', async (url, init): Promise<Response> => deep(url, init)],
  ['makes an impossible response', async () => new Response(null, { status: 0 })],
  ['returns nothing', async () => undefined as never],
  [
    'returns a body of Node.js',
    async () => ({ status: 200, headers: new Map(), body: {} }) as never,
  ],
  ['throws before it returns a promise', () => (null as unknown as FetchLike)('x', {})],
]

function deep(url: string, init: RequestInit): Promise<Response> {
  return deep(url, init)
}

describe('a fetch option that fails by a mistake in the program', () => {
  it.each(mistakes)('is no outage and is asked once, where it %s', async (_what, fetch) => {
    await using emulator = await testEmulator()
    let attempts = 0
    const counted: FetchLike = (url, init) => {
      attempts += 1
      return fetch(url, init)
    }
    const error = await rejection(testClient(emulator, { fetch: counted }).getDelegationToken())
    expect(error).toMatchObject({
      name: 'ConfigError',
      code: 'fetch_unusable',
      retryable: false,
      message: expect.stringContaining('`fetch` option'),
    })
    expect(attempts).toBe(1)
  })

  it.each(['secureFetch', 'fetch', 'approval', 'exchange'] as const)(
    'is no outage in %s either',
    async (way) => {
      await using emulator = await testEmulator({ approvals: 'approve', cloudExchange: 'token' })
      let attempts = 0
      const client = testClient(emulator, {
        fetch(url, init) {
          if (url.includes('delegation-token')) return fetch(url, init)
          attempts += 1
          throw new TypeError('helper.sign is not a function')
        },
      })
      const ways = {
        secureFetch: () => client.secureFetch({ endpoint: 'metrics' }),
        fetch: () => client.fetch(`${emulator.vaultUrl}metrics`),
        approval: () => client.requestApproval({ approver: 'a@example.com', message: 'Really?' }),
        exchange: () =>
          client.exchangeCloudCredentials('gcp', {
            projectId: 'my-project',
            serviceEmail: 'a@my-project.iam.gserviceaccount.com',
          }),
      }
      const error = await rejection(ways[way]())
      expect(error).toMatchObject({ name: 'ConfigError', code: 'fetch_unusable' })
      expect(JSON.stringify(error) + error.message).not.toContain('helper')
      expect(attempts).toBe(1)
    },
  )

  it.each<[string, () => Error]>([
    ['fetch failed', () => new TypeError('fetch failed')],
    ['Failed to fetch', () => new TypeError('Failed to fetch')],
    ['Load failed', () => new TypeError('Load failed')],
    ['a lost connection', () => new TypeError('The network connection was lost.')],
    ['an error of Deno', () => new TypeError('error sending request for url (https://x/)')],
    ['a refused connection', () => failed('ECONNREFUSED')],
    ['an unknown name', () => failed('ENOTFOUND')],
    ['a plain Error', () => new Error('no answer')],
    ['a page that is no JSON', () => thrownBy(() => JSON.parse('<html>'))],
  ])('stays an outage when it is %s', async (_what, reason) => {
    await using emulator = await testEmulator()
    const fetch: FetchLike = () => Promise.reject(reason())
    const client = testClient(emulator, { fetch, timeoutMs: 400 })
    expect(await rejection(client.getDelegationToken())).toMatchObject({
      name: 'DelegationError',
      code: 'network_error',
      retryable: true,
    })
  })
})

function failed(code: string): Error {
  return new TypeError('fetch failed', { cause: Object.assign(new Error(code), { code }) })
}

function thrownBy(run: () => unknown): Error {
  try {
    run()
  } catch (error) {
    return error as Error
  }
  throw new Error('It did not throw.')
}

describe('a bundle in which undici cannot load', () => {
  it.each([1, 2, 3])(
    'is told from an outage by call %d',
    async (call) => {
      await using server = await startServer((_request, response) => response.end('{}'))
      const run = await bundled(`
      const client = createAuthSecClient({
        baseUrl: '${server.baseUrl}',
        clientId: 'a594430b-2bd4-4792-9666-63162ee858c5',
      })
      for (let step = 1; step < ${call}; step++) await client.getDelegationToken().catch(() => 0)
      const { code, hint } = await client.getDelegationToken().catch((error) => error)
      console.log(JSON.stringify({ code, hint }))
    `)
      expect(JSON.parse(run.stdout)).toMatchObject({
        code: 'module_missing',
        hint: expect.stringMatching(/--external:undici/),
      })
      expect(server.count).toBe(0)
    },
    30_000,
  )
})

/** Runs a program whose whole code, undici included, is one ES module. */
async function bundled(program: string): Promise<ProgramRun> {
  const { build } = await import('esbuild')
  const folder = await mkdtemp(join(tmpdir(), 'bundle-'))
  const outfile = join(folder, 'bundle.mjs')
  try {
    await build({
      stdin: {
        contents: `import { createAuthSecClient } from '../src/index.ts'\n${program}`,
        resolveDir: import.meta.dirname,
      },
      bundle: true,
      format: 'esm',
      platform: 'node',
      outfile,
      logLevel: 'silent',
      external: ['@authsec/emulator'],
      conditions: ['@authsec/source'],
    })
    return await runProgram(relative(join(import.meta.dirname, '../../..'), outfile))
  } finally {
    await rm(folder, { recursive: true })
  }
}
