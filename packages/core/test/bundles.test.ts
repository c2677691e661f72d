import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Emulator } from '@authsec/emulator'
import { testEmulator } from '@authsec-internal/test-kit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bundle, runBundle } from './support/bundle.ts'

const { version }: { version: string } = JSON.parse(
  readFileSync(join(import.meta.dirname, '../package.json'), 'utf8'),
)
const undici = { undici: join(import.meta.dirname, '../node_modules/undici') }

/** Browsers, and jsdom in tests, number their timers. */
const NUMBERED_TIMERS = `
  const { setTimeout: begin, clearTimeout: end } = globalThis
  const timers = new Map()
  let last = 0
  globalThis.setTimeout = (...args) => (timers.set(++last, begin(...args)), last)
  globalThis.clearTimeout = (id) => end(timers.get(id))
`

/** The fetch of Node.js takes timers for objects itself. */
const OVER_HTTP = `
  import { request } from 'node:http'
  const overHttp = (url, { method, headers, signal }) =>
    new Promise((resolve, reject) => {
      const sent = request(url, { method, headers: Object.fromEntries(new Headers(headers)), signal })
      sent.on('error', reject)
      sent.on('response', async (message) => {
        const body = Buffer.concat(await message.toArray())
        resolve(new Response(body, { status: message.statusCode, headers: message.headers }))
      })
      sent.end()
    })
`

describe('the table of error codes', () => {
  it('is imported without undici, zod and jose', async () => {
    const external = ['undici', 'zod', 'jose', '@authsec/emulator']
    const table = "import { errorCodes } from '../src/error-codes.ts'\nconsole.log(errorCodes)"
    const { imports } = await bundle(table, { external })
    expect(imports.filter((name) => !/^node:|^@authsec/.test(name))).toEqual([])
    const client = "import { createAuthSecClient } from '../src/index.ts'\ncreateAuthSecClient({})"
    expect((await bundle(client, { external })).imports).toContain('undici')
  })
})

let emulator: Emulator
beforeAll(async () => {
  emulator = await testEmulator()
})
afterAll(() => emulator.close())

const MOCK = `
  import { createAuthSecClientFromEnv } from '../src/index.ts'
  const run = async () => {
    const client = createAuthSecClientFromEnv({ AUTHSEC_MODE: 'mock' })
    console.log(client.mode, (await client.secureFetch({ endpoint: 'metrics' })).status)
    await client.close()
  }
`

const live = (more = ''): string => `
  import { createAuthSecClient } from '../src/index.ts'
  const run = async () => {
    const client = createAuthSecClient({
      baseUrl: '${emulator.baseUrl}',
      clientId: '${emulator.clientId}',
      resources: [{ baseUrl: '${emulator.vaultUrl}' }],
      ${more}
    })
    console.log(client.mode, (await client.secureFetch({ endpoint: 'metrics' })).status)
    await client.close()
  }
`

describe.each(['esm', 'cjs'] as const)('a bundle in the format %s', (format) => {
  const file = format === 'esm' ? 'bundle.mjs' : 'bundle.cjs'
  const external = format === 'esm' ? ['undici'] : []
  const links = format === 'esm' ? undici : {}
  const started = async (program: string): Promise<string> => {
    const { code, imports } = await bundle(`${program}\nrun()`, { format, external })
    expect(imports.filter((one) => !/^(node:|undici$)/.test(one) && format === 'esm')).toEqual([])
    const { stdout, stderr } = await runBundle(code, { file, links })
    return stdout || stderr
  }

  it('makes a call in mock mode, with the emulator in it', async () => {
    expect(await started(MOCK)).toBe('mock 200\n')
  })

  it('makes a live call', async () => {
    expect(await started(live())).toBe('live 200\n')
  })

  it('names its version to the server, with no manifest beside it', async () => {
    const before = emulator.requests.length
    expect(
      await started(
        live(`fetch: (url, init) => {
      console.log(new Headers(init.headers).get('user-agent'))
      return fetch(url, init)
    },`),
      ),
    ).toBe(`authsec-core/${version}\nauthsec-core/${version}\nlive 200\n`)
    expect(emulator.requests.length).toBe(before + 2)
  })

  it('works where timers are numbers', async () => {
    expect(await started(`${MOCK}\n${NUMBERED_TIMERS}`)).toBe('mock 200\n')
  })

  it('makes a live call where timers are numbers', async () => {
    const program = `${live('fetch: overHttp,')}\n${OVER_HTTP}\n${NUMBERED_TIMERS}`
    expect(await started(program)).toBe('live 200\n')
  })
})
