import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { testEmulator } from '@authsec-internal/test-kit'
import { afterAll, describe, expect, test } from 'vitest'
import { doctor, envOf } from './support/run.ts'

const ID = '6f2c1d0e-8a77-4f57-9a39-0c6f3e6f6f10'
const folder = mkdtempSync(join(tmpdir(), 'authsec-doctor-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** An environment whose server is never asked: its address cannot be used. */
function withUrl(url: string): Record<string, string> {
  return envOf({ baseUrl: url, clientId: ID })
}

describe('The doctor, about the address of the server', () => {
  test.each([
    ['auth.example.com', 'base_url_malformed'],
    ['auth.example.com:8443', 'base_url_malformed'],
    ['localhost:7468/authsec', 'base_url_malformed'],
    ['not a url', 'base_url_malformed'],
    ['https://auth.example .com', 'base_url_malformed'],
    ['ftp://auth.example.com', 'base_url_scheme'],
    ['ws://auth.example.com', 'base_url_scheme'],
    ['http://auth.example.com', 'base_url_plain_http'],
    ['http://10.1.2.3:8080', 'base_url_plain_http'],
    ['http://localhost.example.com', 'base_url_plain_http'],
    ['https://auth.example.com/api', 'base_url_path'],
    ['https://auth.example.com/authsec/uflow', 'base_url_path'],
    ['https://auth.example.com/AuthSec', 'base_url_path'],
    ['https://auth.example.com/authsec/authsec', 'base_url_doubled'],
    ['https://auth.example.com/authsec/authsec/', 'base_url_doubled'],
    ['https://user:password@auth.example.com', 'base_url_extra'],
    ['https://auth.example.com/?a=1', 'base_url_extra'],
    ['https://auth.example.com/#top', 'base_url_extra'],
    ['https://169.254.169.254', 'address_blocked'],
    ['https://metadata.google.internal/', 'address_blocked'],
  ])('finds what is wrong with %s', async (url, code) => {
    const { codes, code: exit, findings, out } = await doctor([], { env: withUrl(url) })
    expect(codes).toEqual([code])
    expect(exit).toBe(1)
    expect(findings[0]?.docs).toMatch(new RegExp(`docs/doctor.md#${code}$`))
    expect(out).not.toContain('password')
  })

  test.each([
    ['your-agent-client-uuid', 'client_id_placeholder'],
    ['<client-id>', 'client_id_placeholder'],
    ['00000000-0000-0000-0000-000000000000', 'client_id_placeholder'],
    ['6f2c1d0e-8a77-4f57-9a39-0c6f3e6f6f1', 'client_id_malformed'],
    ['6f2c1d0e-8a77-4f57-9a39-0c6f3e6f6f10-', 'client_id_malformed'],
    ['6f2c1d0e 8a77 4f57 9a39 0c6f3e6f6f10', 'client_id_malformed'],
    ['6f2c1d0e-8a77-\n4f57-9a39-0c6f3e6f6f10', 'client_id_malformed'],
    ['agent-7', 'client_id_malformed'],
  ])('finds what is wrong with the client ID %j, and does not show it', async (clientId, code) => {
    const env = envOf({ baseUrl: 'https://auth.example.com', clientId })
    const { codes, out } = await doctor([], { env })
    expect(codes).toEqual([code])
    expect(out).not.toContain(clientId)
  })

  test('finds quotation marks around each value, and spaces and line breaks at their edges', async () => {
    const quoted = { ...withUrl('"https://auth.example.com"'), AUTHSEC_AGENT_CLIENT_ID: `'${ID}'` }
    expect((await doctor([], { env: quoted })).codes).toEqual(['value_quoted', 'value_quoted'])
    await using emulator = await testEmulator()
    const edge = { ...envOf(emulator), AUTHSEC_AGENT_CLIENT_ID: `${emulator.clientId}\n` }
    const { codes, findings } = await doctor([], { env: edge })
    expect(codes).toEqual(['value_whitespace'])
    expect(findings[0]?.cause).toContain('AUTHSEC_AGENT_CLIENT_ID has a line break')
    const spaces = { ...envOf(emulator), AUTHSEC_BASE_URL: ` ${emulator.baseUrl}` }
    expect((await doctor([], { env: spaces })).codes).toEqual(['value_whitespace'])
  })

  test('accepts every spelling of a UUID that the client converts', async () => {
    await using emulator = await testEmulator()
    const { clientId } = emulator
    for (const id of [
      clientId.toUpperCase(),
      `{${clientId}}`,
      clientId.replaceAll('-', ''),
      `urn:uuid:${clientId}`,
    ]) {
      const env = { ...envOf(emulator), AUTHSEC_AGENT_CLIENT_ID: id }
      expect((await doctor([], { env })).codes).toEqual([])
    }
  })
})

describe('The doctor, about the environment', () => {
  test.each([
    ['AUTHSEC_BASEURL', 'AUTHSEC_BASE_URL'],
    ['AUTHSEC_URL', 'AUTHSEC_BASE_URL'],
    ['AUTH_SEC_BASE_URL', 'AUTHSEC_BASE_URL'],
    ['authsec_base_url', 'AUTHSEC_BASE_URL'],
    ['AUTHSEC_BASE_UR', 'AUTHSEC_BASE_URL'],
  ])('names the variable that %s was meant to be', async (name, meant) => {
    const env = { [name]: 'https://auth.example.com', AUTHSEC_AGENT_CLIENT_ID: ID }
    const { codes, findings } = await doctor([], { env })
    expect(codes).toEqual(['variable_misspelt', 'base_url_missing'])
    expect(findings[0]?.fix).toBe(`Rename ${name} to ${meant}.`)
  })

  test.each([
    'AUTHSEC_CLIENT_ID',
    'AUTHSEC_AGENT_CLIENTID',
    'AUTHSEC_AGENT_ID',
    'AuthSec_Agent_Client_Id',
  ])('names the variable of the client ID for %s', async (name) => {
    const env = { AUTHSEC_BASE_URL: 'https://auth.example.com', [name]: ID }
    const { codes, findings } = await doctor([], { env })
    expect(codes).toEqual(['variable_misspelt', 'client_id_missing'])
    expect(findings[0]?.fix).toContain('AUTHSEC_AGENT_CLIENT_ID')
  })

  test('leaves variables alone that are not meant for it', async () => {
    await using emulator = await testEmulator()
    const env = {
      ...envOf(emulator),
      AUTHSEC_CLIENT_ID: 'x',
      PATH: '/bin',
      AUTH_TOKEN: 'y',
      AUTHSECRET_Z: 'z',
    }
    expect((await doctor([], { env })).codes).toEqual([])
  })

  test('finds variables that are set and empty', async () => {
    const env = { AUTHSEC_BASE_URL: '', AUTHSEC_AGENT_CLIENT_ID: '  ', AUTHSEC_TENANT_ID: '' }
    const { codes } = await doctor([], { env })
    expect(codes).toEqual(['variable_empty', 'variable_empty', 'variable_empty', 'not_configured'])
  })

  test.each([
    [{}, ['not_configured']],
    [{ AUTHSEC_MODE: 'live' }, ['not_configured']],
    [{ AUTHSEC_MODE: 'auto', NODE_ENV: 'production' }, ['not_configured']],
    [{ AUTHSEC_MODE: 'auto' }, []],
    [{ AUTHSEC_MODE: 'mock' }, []],
    [{ AUTHSEC_MODE: 'mock', NODE_ENV: 'Prod' }, ['mode_refused']],
    [{ AUTHSEC_MODE: 'mock', AUTHSEC_AGENT_CLIENT_ID: ID }, ['mode_ignores_server']],
    [{ AUTHSEC_MODE: 'moc' }, ['mode_unknown', 'not_configured']],
  ])('judges the mode of %j', async (env, codes) => {
    expect((await doctor([], { env })).codes).toEqual(codes)
  })

  test('finds that certificates are not checked', async () => {
    await using emulator = await testEmulator()
    const env = { ...envOf(emulator), NODE_TLS_REJECT_UNAUTHORIZED: '0' }
    expect((await doctor([], { env })).codes).toEqual(['tls_checks_off'])
  })

  test.each([
    [{ AUTHSEC_TENANT_ID: 'acme' }, 'setting_invalid'],
    [{ AUTHSEC_APPROVAL_KEYS: 'short:key' }, 'setting_invalid'],
    [{ AUTHSEC_TOKEN_KEYS: 'short:key' }, 'setting_invalid'],
    [{ AUTHSEC_API_TOKEN: 'two words' }, 'setting_invalid'],
    [{ AUTHSEC_PROXY: 'socks5://127.0.0.1:1080' }, 'proxy_malformed'],
    [{ AUTHSEC_PROXY: 'proxy.example.com' }, 'proxy_malformed'],
    [{ AUTHSEC_API_URL: 'http://api.example.com' }, 'api_url_invalid'],
    [{ AUTHSEC_API_URL: 'api.example.com' }, 'api_url_invalid'],
    [{ AUTHSEC_API_URL: 'https://api.example.com/?key=1' }, 'api_url_invalid'],
    [{ AUTHSEC_API_URL: 'https://169.254.169.254/' }, 'api_url_invalid'],
  ])('finds the setting %j that cannot be used', async (more, code) => {
    await using emulator = await testEmulator()
    const { codes, out } = await doctor([], { env: { ...envOf(emulator), ...more } })
    expect(codes).toContain(code)
    expect(out).not.toContain('two words')
  })

  test('takes the token from AuthSec, although the agent shares it', async () => {
    await using emulator = await testEmulator()
    const keys = `k1:${Buffer.from(Array.from({ length: 32 }, (_, index) => index)).toString('base64')}`
    const { codes } = await doctor([], { env: { ...envOf(emulator), AUTHSEC_TOKEN_KEYS: keys } })
    expect(codes).toEqual([])
    const isPull = ({ path }: { path: string }): boolean => path.endsWith('/delegation-token')
    expect(emulator.requests.some(isPull)).toBe(true)
  })

  test('reads the file of --env-file under the variables, and .env if it is there', async () => {
    await using emulator = await testEmulator()
    const { AUTHSEC_BASE_URL: url, AUTHSEC_AGENT_CLIENT_ID: id } = envOf(emulator)
    writeFileSync(
      join(folder, '.env'),
      `AUTHSEC_BASE_URL="${url}"\nAUTHSEC_AGENT_CLIENT_ID=${id}\n`,
    )
    writeFileSync(
      join(folder, 'other.env'),
      `\uFEFFAUTHSEC_BASE_URL=nonsense\nAUTHSEC_AGENT_CLIENT_ID=${id}\n`,
    )
    expect((await doctor([], { cwd: folder })).codes).toEqual([])
    const other = ['--env-file', 'other.env']
    expect((await doctor(other, { cwd: folder })).codes).toEqual(['base_url_malformed'])
    const env = { AUTHSEC_BASE_URL: url }
    expect((await doctor(other, { cwd: folder, env })).codes).toEqual([])
    expect((await doctor([...other, '--base-url', 'x y'], { cwd: folder, env })).codes).toEqual([
      'base_url_malformed',
    ])
    const missing = await doctor(['--env-file', 'no.env'], { cwd: folder, env: envOf(emulator) })
    expect(missing.codes).toEqual(['env_file_unreadable'])
  })
})
