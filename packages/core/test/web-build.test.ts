import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Emulator } from '@authsec/emulator'
import { inProcessEmulator, testEmulator } from '@authsec-internal/test-kit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { verifyAuditLog } from '../src/audit.ts'
import { runBare } from './support/bare-runtime.ts'
import { bundle, runBundle } from './support/bundle.ts'
import { webBundle } from './support/web-core.ts'

const ENTRIES = ['index', 'tool', 'openapi', 'cloud', 'store', 'audit', 'adapter', 'error-codes']

let emulator: Emulator
beforeAll(async () => {
  emulator = await testEmulator()
})
afterAll(() => emulator.close())

describe('what runtimes without Node.js get', () => {
  it.each(ENTRIES)('imports no module of Node.js and no undici: %s', async (name) => {
    const external = ['@authsec/emulator', 'zod', 'jose']
    const { code, imports } = await webBundle(`export * from '../src/${name}.ts'`, { external })
    expect(
      imports.filter((one) => one.startsWith('node:') || builtinModules.includes(one)),
    ).toEqual([])
    expect(imports.filter((one) => !/^(zod|jose|@authsec\/emulator)/.test(one))).toEqual([])
    // Beside the class of this package.
    expect(code).not.toMatch(/(?<![\w.])(?<!globalThis\.)process\??\.[a-z]|globalThis\.Buffer/)
  })

  it('is written for the types of the files that Node.js has not', async () => {
    const tsc = join(import.meta.dirname, '../../../node_modules/.bin/tsc')
    const folder = join(import.meta.dirname, '..')
    const { stdout } = await promisify(execFile)(tsc, ['-p', 'tsconfig.web.json'], {
      cwd: folder,
    }).catch((error: { stdout: string }) => error)
    expect(stdout).toBe('')
  }, 120_000)

  it('makes a live call by the fetch of the runtime', async () => {
    expect(await runBare(CLIENT, `${liveClient()}\n${CALL}`)).toBe('live 200')
  })

  it('does without references that are weak, which older Workers lack', async () => {
    const imports = "import { createAuthSecPool } from '../src/index.ts'"
    const program = `
      const pool = createAuthSecPool({
        baseUrl: '${emulator.baseUrl}',
        resources: [{ name: 'vault', baseUrl: '${emulator.vaultUrl}' }],
        rateLimit: { requestsPerMinute: 60 },
        maxClients: 1,
      })
      const client = pool.client('${emulator.clientId}')
      const { status } = await client.secureFetch({ endpoint: 'metrics' })
      pool.client('11111111-2222-4333-8444-555555555555')
      await pool.close()
      const { code } = await client.secureFetch({ endpoint: 'metrics' }).catch((error) => error)
      print([typeof WeakRef, typeof FinalizationRegistry, status, code].join(' '))
    `
    const globals = { WeakRef: undefined, FinalizationRegistry: undefined }
    expect(await runBare(imports, program, globals)).toBe('undefined undefined 200 client_closed')
  })

  it('makes a call in mock mode, with an emulator that was given', async () => {
    const program = `
      const client = createAuthSecClientFromEnv({ AUTHSEC_MODE: 'mock' }, { emulator, onEvent() {} })
      ${CALL}
    `
    const globals = { emulator: inProcessEmulator() }
    expect(await runBare(CLIENT, program, globals)).toBe('mock 200')
  })

  it('runs a tool, whose schema makes no code from texts', async () => {
    const imports = `
      ${CLIENT}
      import { z } from 'zod'
      import { defineOperation } from '../src/tool.ts'
    `
    const program = `
      ${liveClient()}
      const tool = defineOperation(client, {
        name: 'get_record',
        description: 'One record of the vault.',
        path: 'records/{id}',
        params: z.object({ id: z.string().max(20) }),
      })
      const { ok, data } = await tool.execute({ id: 'rec-0001' })
      const refused = await tool.execute({ id: 7 })
      print([ok, data.id, refused.code].join(' '))
      try { new Function('') } catch { print('no code from texts') }
    `
    expect(await runBare(imports, program)).toBe('true rec-0001 invalid_input\nno code from texts')
  })

  it('asks a person, and sends the approved call once', async () => {
    emulator.control.scriptApproval('approve')
    const more = `ciba: { loginHint: 'approver@example.com' },`
    const program = `${liveClient(more, "approval: { message: 'Read the metrics?', when: () => true },")}\n${CALL}`
    expect(await runBare(CLIENT, program)).toBe('live 200')
    expect(emulator.control.approvals()).toMatchObject([{ status: 'consumed' }])
  })

  it('keeps a signed record of its calls, which Node.js verifies', async () => {
    const key = randomBytes(32).toString('base64url')
    const imports = `${CLIENT}\nimport { createAuditLog, verifyAuditLog } from '../src/audit.ts'`
    const program = `
      const lines = []
      const log = createAuditLog({ write: (line) => void lines.push(line), hashChain: { key } })
      ${liveClient('onEvent: log,')}
      await client.secureFetch({ endpoint: 'metrics' })
      await log.close()
      print(String((await verifyAuditLog(lines, { key })).ok))
      for (const line of lines) print(line)
    `
    const [isOk, ...lines] = (await runBare(imports, program, { key })).split('\n')
    expect(isOk).toBe('true')
    expect(await verifyAuditLog(lines, { key })).toMatchObject({ ok: true, closed: true })
  })
})

const CLIENT = "import { createAuthSecClient, createAuthSecClientFromEnv } from '../src/index.ts'"

const CALL = `
  const { status } = await client.secureFetch({ endpoint: 'metrics' })
  print(client.mode + ' ' + status)
  await client.close()
`

const liveClient = (more = '', ofResource = ''): string => `
  const client = createAuthSecClient({
    baseUrl: '${emulator.baseUrl}',
    clientId: '${emulator.clientId}',
    resources: [{ name: 'vault', baseUrl: '${emulator.vaultUrl}', ${ofResource} }],
    ${more}
  })
`

describe('what a browser gets', () => {
  it('throws one sentence, whatever is imported', async () => {
    const program =
      "import { createAuthSecClient } from '../src/browser.ts'\ncreateAuthSecClient({})"
    const { code } = await bundle(program, { platform: 'browser' })
    // In a page there is no other code that would catch it.
    const { stdout } = await runBundle(
      `try { await import('data:text/javascript,' + ${JSON.stringify(encodeURIComponent(code))}) }\ncatch ({ message }) { console.log(message) }`,
    )
    expect(stdout).toMatch(
      /^A browser must not hold a delegation: .*call that server from the page\.\n$/,
    )
  })

  it('has the names of all entry points, so that no bundler misses one', async () => {
    const text = readFileSync(join(import.meta.dirname, '../src/browser.ts'), 'utf8')
    const refused = [...text.matchAll(/refused as (\w+)/g)].map(([, name]) => name)
    const names = ENTRIES.filter((name) => name !== 'error-codes').map((name) =>
      import(/* @vite-ignore */ `../src/${name}.ts`).then(Object.keys),
    )
    expect(refused).toEqual([...new Set((await Promise.all(names)).flat())].sort())
  })

  it('can be explained every code of an error', async () => {
    const { code } = await bundle(
      "import { errorCodes } from '../src/error-codes.ts'\nconsole.log(Object.keys(errorCodes).length > 50)",
      { platform: 'browser', conditions: ['@authsec/web', '@authsec/source'] },
    )
    expect((await runBundle(code)).stdout).toBe('true\n')
  })
})
