import { startServer, startTlsFront, testEmulator } from '@authsec-internal/test-kit'
import { describe, expect, test } from 'vitest'
import { startApi, startProtectedApi } from './support/protected-api.ts'
import { type Diagnosis, doctor, envOf } from './support/run.ts'

const OTHER_TENANT = '6f2c1d0e-8a77-4f57-9a39-0c6f3e6f6f10'

type Emulator = Awaited<ReturnType<typeof testEmulator>>

function verifierOf({ baseUrl, tenantId }: Emulator) {
  return { authSecUrl: baseUrl, tenantId, audience: 'authsec-api' }
}

/** What the doctor finds about the endpoint `records` of an API. */
function ask(emulator: Emulator, api: { baseUrl: string }, ...more: string[]): Promise<Diagnosis> {
  const args = ['--api', api.baseUrl, '--endpoint', 'records', ...more]
  return doctor(args, { env: envOf(emulator) })
}

/** A clock that is wrong by some seconds. */
function clockOff(seconds: number) {
  return {
    now: () => Date.now() + seconds * 1000,
    monotonic: () => performance.now(),
    setTimeout: (run: () => void, ms: number) => setTimeout(run, ms),
  } as never
}

describe('The doctor, about an API that verifies tokens', () => {
  test('is silent about one that accepts the token and nothing else', async () => {
    await using emulator = await testEmulator()
    await using api = await startProtectedApi(verifierOf(emulator), {
      permissions: ['records:read'],
    })
    const { codes, facts } = await ask(emulator, api)
    expect(codes).toEqual([])
    expect(facts).toMatchObject({ apiWithoutToken: 'HTTP 401', apiWithToken: 'HTTP 200' })
    const vault = await doctor(['--api', emulator.vaultUrl, '--endpoint', 'metrics'], {
      env: envOf(emulator),
    })
    expect(vault.codes).toEqual([])
    const root = await doctor(['--api', api.baseUrl], { env: envOf(emulator) })
    expect(root.codes).toEqual([])
  })

  test('finds an audience, a tenant and a permission that do not fit, with what the API says', async () => {
    await using emulator = await testEmulator()
    const settings = verifierOf(emulator)
    await using audience = await startProtectedApi({ ...settings, audience: 'records-api' })
    const wrongAudience = await ask(emulator, audience)
    expect(wrongAudience.codes).toEqual(['api_wrong_audience'])
    expect(wrongAudience.findings[0]?.cause).toContain('The token is for authsec-api.')
    expect(wrongAudience.findings[0]?.cause).toContain('invalid_token')
    await using tenant = await startProtectedApi({ ...settings, tenantId: OTHER_TENANT })
    expect((await ask(emulator, tenant)).codes).toEqual(['api_wrong_issuer'])
    await using permission = await startProtectedApi(settings, { permissions: ['records:delete'] })
    const refused = await ask(emulator, permission)
    expect(refused.codes).toEqual(['api_permission'])
    expect(refused.findings[0]?.cause).toContain('The token has metrics:read, records:read.')
  })

  test('finds a clock of the API that is ahead, and one that is behind', async () => {
    await using emulator = await testEmulator()
    await using ahead = await startProtectedApi({ ...verifierOf(emulator), clock: clockOff(7_200) })
    expect((await ask(emulator, ahead)).codes).toEqual(['api_token_expired'])
    await using behind = await startProtectedApi({
      ...verifierOf(emulator),
      clock: clockOff(-7_200),
    })
    expect((await ask(emulator, behind)).codes).toEqual(['api_token_not_active'])
  })

  test('finds keys that the API cannot load, and keys of another server', async () => {
    await using emulator = await testEmulator()
    const { tenantId } = emulator
    const down = { ...verifierOf(emulator), authSecUrl: 'http://127.0.0.1:1' }
    await using noKeys = await startProtectedApi(down)
    expect((await ask(emulator, noKeys)).codes).toEqual(['api_keys_unavailable'])
    await using other = await testEmulator({ tenantId })
    await using otherKeys = await startProtectedApi(verifierOf(other))
    expect((await ask(emulator, otherKeys)).codes).toEqual(['api_wrong_keys'])
  })

  test('finds a token that was revoked, where the API asks AuthSec', async () => {
    await using emulator = await testEmulator()
    await using api = await startApi((_request, response) => {
      const challenge = 'Bearer error="invalid_token", error_description="The token was revoked."'
      response.writeHead(401, { 'www-authenticate': challenge }).end()
    })
    expect((await ask(emulator, api)).codes).toEqual(['api_token_revoked'])
  })

  test('finds an endpoint that does not exist, and refuses one outside of the API', async () => {
    await using emulator = await testEmulator()
    await using api = await startProtectedApi(verifierOf(emulator))
    const env = envOf(emulator)
    const at = (endpoint: string) =>
      doctor(['--api', `${api.baseUrl}/`, '--endpoint', endpoint], { env })
    expect((await at('recrods')).codes).toEqual(['api_endpoint_missing'])
    for (const outside of ['https://elsewhere.example.com/x', '../x', '/../../x']) {
      expect((await at(outside)).codes).toEqual(['api_endpoint_missing'])
    }
  })
})

describe('The doctor, about an API that does not verify tokens', () => {
  test('finds an endpoint that answers without a token', async () => {
    await using emulator = await testEmulator()
    await using api = await startServer((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
    })
    expect((await ask(emulator, api)).codes).toEqual(['api_unprotected'])
    const root = await doctor(['--api', api.baseUrl], { env: envOf(emulator) })
    expect(root.codes).toEqual([])
  })

  test('finds an API that takes a token without looking at its signature', async () => {
    await using emulator = await testEmulator()
    await using api = await startApi((request, response) => {
      const [, payload = ''] = String(request.headers.authorization).split('.')
      const { iss, aud, exp } = JSON.parse(Buffer.from(payload, 'base64url').toString())
      const isGood =
        String(iss).startsWith('spiffe://') &&
        aud.includes('authsec-api') &&
        exp * 1000 > Date.now()
      response.writeHead(isGood ? 200 : 401, { 'content-type': 'application/json' }).end('{}')
    })
    expect((await ask(emulator, api)).codes).toEqual(['api_accepts_forgery'])
  })

  test('finds a 401 without a challenge, a failure, a page and a redirect', async () => {
    await using emulator = await testEmulator()
    const answering = (status: number, headers: Record<string, string> = {}, text = '{}') =>
      startServer((_request, response) => void response.writeHead(status, headers).end(text))
    await using bare = await answering(401, { 'content-type': 'application/json' })
    expect((await ask(emulator, bare)).codes).toEqual(['api_no_challenge', 'api_rejects_token'])
    await using failing = await answering(500, { 'content-type': 'application/json' })
    expect((await ask(emulator, failing)).codes).toEqual(['api_error'])
    await using page = await answering(200, { 'content-type': 'text/html' }, '<p>Please log in</p>')
    expect((await ask(emulator, page)).codes).toEqual(['login_page'])
    await using moved = await answering(302, {
      location: 'https://elsewhere.example.com/?secret=1',
    })
    const { codes, findings, out } = await ask(emulator, moved)
    expect(codes).toEqual(['redirected'])
    expect(findings[0]?.title).toMatch(/^API: /)
    expect(out).not.toContain('secret=1')
  })
})

describe('The doctor, about the way to an API', () => {
  test('finds a closed port, a wrong scheme and a certificate, and names the API', async () => {
    await using emulator = await testEmulator({ allowedHosts: ['127.0.0.1'] })
    const at = async (api: string) => {
      const { codes, findings } = await doctor(['--api', api], { env: envOf(emulator) })
      expect(findings[0]?.title).toMatch(/^API: /)
      return codes
    }
    expect(await at('http://127.0.0.1:1')).toEqual(['port_closed'])
    expect(await at(emulator.vaultUrl.replace('http:', 'https:'))).toEqual(['tls_not_spoken'])
    await using front = await startTlsFront(emulator.baseUrl, ['127.0.0.1'], { isTrusted: false })
    expect(await at(`https://127.0.0.1:${front.port}/secure-vault`)).toEqual([
      'certificate_self_signed',
    ])
    expect(await at(`http://127.0.0.1:${front.port}/secure-vault`)).toEqual(['tls_spoken'])
  })

  test('is asked about an API without a server, too', async () => {
    const env = { AUTHSEC_API_URL: 'http://127.0.0.1:1' }
    const { codes } = await doctor([], { env })
    expect(codes).toEqual(['not_configured', 'port_closed'])
  })

  test('finds both ends at once, when both are wrong', async () => {
    await using emulator = await testEmulator()
    emulator.control.revoke()
    const { codes } = await doctor(['--api', 'http://127.0.0.1:1'], { env: envOf(emulator) })
    expect(codes).toEqual(['port_closed', 'no_delegation'])
  })
})
