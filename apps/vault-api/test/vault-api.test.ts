import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { type Emulator, startEmulator } from '@authsec/emulator'
import { vaultRecords } from '@authsec/emulator/vault-data'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url))
const TENANT = '6f2c1d0e-8a77-4f57-9a39-0c6f3e6f6f10'

const countOf = (clearance: string): number =>
  vaultRecords.filter((record) => record.clearance === clearance).length

/** Starts the program as a user does. */
function start(args: readonly string[], env: Record<string, string>): ChildProcess {
  const flags = ['--conditions=@authsec/source', '--disable-warning=ExperimentalWarning']
  return spawn(process.execPath, [...flags, MAIN, ...args], { env })
}

async function run(args: readonly string[], env: Record<string, string> = {}) {
  const child = start(args, env)
  let stdout = ''
  let stderr = ''
  child.stdout?.on('data', (text) => {
    stdout += text
  })
  child.stderr?.on('data', (text) => {
    stderr += text
  })
  const [exitCode] = await once(child, 'close')
  return { stdout, stderr, exitCode }
}

describe('the vault API beside an emulator', () => {
  let emulator: Emulator
  let api: ChildProcess
  let url: string

  beforeAll(async () => {
    emulator = await startEmulator({ rateLimit: false })
    const env = { AUTHSEC_BASE_URL: emulator.baseUrl, AUTHSEC_TENANT_ID: emulator.tenantId }
    api = start(['--port', '0'], env)
    const [line] = api.stdout ? await once(api.stdout, 'data') : ['']
    url = /http:\S+\//.exec(String(line))?.[0] ?? ''
  })
  afterAll(async () => {
    api.kill()
    await emulator.close()
  })

  async function pull(): Promise<string> {
    const path = `/authsec/uflow/sdk/delegation-token?client_id=${emulator.clientId}`
    const response = await fetch(emulator.baseUrl + path)
    return ((await response.json()) as { token: string }).token
  }

  async function get(path: string, token?: string) {
    const headers: Record<string, string> = token ? { authorization: `Bearer ${token}` } : {}
    const response = await fetch(new URL(path, url), { headers })
    const body = (await response.json()) as Record<string, unknown>
    return { status: response.status, challenge: response.headers.get('www-authenticate'), body }
  }

  test('serves metrics and records to a delegated agent', async () => {
    const token = await pull()
    const metrics = await get('metrics', token)
    expect([metrics.status, metrics.body['mfa_coverage_percent']]).toEqual([200, 96.4])
    const records = await get('records?clearance=confidential', token)
    expect([records.status, records.body['total']]).toEqual([200, countOf('confidential')])
    expect((await get('records/rec-0001', token)).body['kind']).toBe('incident')
    expect((await get('records/rec-9999', token)).status).toBe(404)
  })

  test('serves restricted records only with the permission for them', async () => {
    const token = await pull()
    expect((await get('records', token)).body['total']).toBe(
      vaultRecords.length - countOf('restricted'),
    )
    const rejected = await get('records/rec-0006', token)
    expect(rejected.status).toBe(403)
    expect(rejected.challenge).toContain('scope="records:restricted"')
    emulator.control.delegate({ permissions: ['records:read', 'records:restricted'] })
    const allowed = await pull()
    expect((await get('records/rec-0006', allowed)).status).toBe(200)
    expect((await get('metrics', allowed)).status).toBe(403)
  })

  test('sends the URL of its metadata to a client without a token', async () => {
    const { status, challenge } = await get('records')
    const metadata = `${url}.well-known/oauth-protected-resource`
    expect([status, challenge]).toEqual([401, `Bearer resource_metadata="${metadata}"`])
    expect((await get(metadata)).body).toMatchObject({
      resource: url,
      authorization_servers: [emulator.baseUrl],
    })
  })

  test('accepts a token with a rotated tenant key at once', async () => {
    emulator.control.delegate()
    await get('metrics', await pull())
    await emulator.control.rotateKey()
    emulator.control.delegate()
    expect((await get('metrics', await pull())).status).toBe(200)
  })
})

describe('the command line', () => {
  const env = { AUTHSEC_BASE_URL: 'https://auth.example.com', AUTHSEC_TENANT_ID: TENANT }

  test('explains itself with --help', async () => {
    const { stdout, exitCode } = await run(['--help'])
    expect(exitCode).toBe(0)
    expect(stdout).toContain('AUTHSEC_TENANT_ID')
  })

  test.each<[string, readonly string[], Record<string, string>, string]>([
    ['no server', [], {}, 'AUTHSEC_BASE_URL is not set'],
    ['no tenant', [], { AUTHSEC_BASE_URL: 'https://a.test' }, 'AUTHSEC_TENANT_ID is not set'],
    [
      'a tenant that is not a UUID',
      ['--port', '0'],
      { ...env, AUTHSEC_TENANT_ID: 'x' },
      'tenantId must be a UUID',
    ],
    [
      'plain http',
      ['--port', '0'],
      { ...env, AUTHSEC_BASE_URL: 'http://a.test' },
      'must use https',
    ],
    ['a port that does not exist', ['--port', '70000'], env, '--port must'],
    ['an unknown option', ['--tenant', 'x'], env, 'Try --help'],
  ])('reports %s in one line without a stack trace', async (_, args, environment, sentence) => {
    const { stderr, exitCode } = await run(args, environment)
    expect(exitCode).toBe(1)
    expect(stderr).toContain(sentence)
    expect(stderr.trim().split('\n')).toHaveLength(1)
  })

  test('reports a port that is in use in one line', async () => {
    await using other = await startEmulator()
    const { stderr } = await run(['--port', new URL(other.baseUrl).port], env)
    expect(stderr).toBe(
      'vault-api: The port is in use. Choose another with --port, or --port 0 for any free port.\n',
    )
  })
})
