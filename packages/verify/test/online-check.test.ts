import { createEmulator } from '@authsec/emulator'
import { describe, expect, test } from 'vitest'
import { createDelegationVerifier, type DelegationVerifier } from '../src/index.ts'
import { type Authority, createAuthority, TENANT_ID } from './support/authority.ts'
import { createFakeClock } from './support/fake-clock.ts'
import { codeOf, createTestVerifier, settle } from './support/verifier.ts'

interface OnlineSetup {
  authority: Authority
  verifier: DelegationVerifier
  /** The response to the next requests. */
  reply: { with: () => Response | Promise<Response> }
  requests(): number
}

function setUp(whenUnavailable: 'reject' | 'accept'): OnlineSetup {
  const authority = createAuthority()
  const bundle = authority.answer
  const reply = { with: (): Response | Promise<Response> => Response.json({ valid: true }) }
  authority.answer = (url) => (url.pathname.endsWith('/validate') ? reply.with() : bundle(url))
  const verifier = createTestVerifier(authority, { onlineCheck: { whenUnavailable } })
  const requests = (): number =>
    authority.requests.filter(({ url }) => url.pathname.endsWith('/validate')).length
  return { authority, verifier, reply, requests }
}

const inactive = (): Response => Response.json({ spiffe_id: '', valid: false, claims: null })

describe('the online check', () => {
  test('sends one request per token and minute, with the tenant and the token only', async () => {
    const { authority, verifier, requests } = setUp('reject')
    const token = await authority.sign()
    await Promise.all(Array.from({ length: 100 }, () => verifier.verify(token)))
    authority.clock.advance(59_999)
    await verifier.verify(token)
    expect(requests()).toBe(1)
    const { init } = authority.requests.find(({ url }) => url.pathname.endsWith('/validate')) ?? {}
    expect(init).toMatchObject({ method: 'POST', redirect: 'manual' })
    expect(JSON.parse(String(init?.body))).toEqual({
      tenant_id: TENANT_ID,
      workspace_id: TENANT_ID,
      token,
    })
    authority.clock.advance(1)
    await verifier.verify(token)
    expect(requests()).toBe(2)
  })

  test('sends one request for all callers that wait for the same result', async () => {
    const { authority, verifier, reply, requests } = setUp('reject')
    let answer = (_: Response): void => {}
    reply.with = () =>
      new Promise((resolve) => {
        answer = resolve
      })
    const token = await authority.sign()
    const waiting = Array.from({ length: 20 }, () => codeOf(verifier.verify(token)))
    await expect.poll(requests).toBe(1)
    await settle()
    answer(inactive())
    expect(new Set(await Promise.all(waiting))).toEqual(new Set(['token_revoked']))
    expect(requests()).toBe(1)
  })

  test('sends no request for tokens that fail another check', async () => {
    const { authority, verifier, requests } = setUp('reject')
    await codeOf(verifier.verify(await authority.sign({ aud: ['other-api'] })))
    expect(requests()).toBe(0)
  })

  test('finds a revoked token within a minute', async () => {
    const { authority, verifier, reply } = setUp('accept')
    const token = await authority.sign()
    await verifier.verify(token)
    reply.with = inactive
    expect(await codeOf(verifier.verify(token))).toBe('ok')
    authority.clock.advance(60_000)
    await expect(verifier.verify(token)).rejects.toMatchObject({
      code: 'token_revoked',
      status: 401,
      challenge: expect.stringContaining('error="invalid_token"'),
    })
  })

  test.each<[string, () => Response | Promise<Response>]>([
    ['is down', () => Promise.reject(new TypeError('fetch failed'))],
    [
      'is rate-limited',
      () => new Response('{}', { status: 429, headers: { 'retry-after': '60' } }),
    ],
    ['sends an invalid body', () => Response.json({ valid: 'yes' })],
    ['redirects', () => Response.redirect('https://evil.test/', 307)],
  ])('follows the option whenUnavailable when the server %s', async (_, answer) => {
    for (const [whenUnavailable, code] of [
      ['reject', 'check_unavailable'],
      ['accept', 'ok'],
    ] as const) {
      const { authority, verifier, reply, requests } = setUp(whenUnavailable)
      reply.with = answer
      const token = await authority.sign()
      for (let call = 0; call < 10; call++) expect(await codeOf(verifier.verify(token))).toBe(code)
      expect(requests()).toBe(1)
    }
  })

  test('sends no request for the minute that the server sends in Retry-After', async () => {
    const { authority, verifier, reply, requests } = setUp('reject')
    reply.with = () => new Response('{}', { status: 429, headers: { 'retry-after': '60' } })
    const token = await authority.sign()
    const error = await verifier.verify(token).catch((reason: unknown) => reason)
    expect(error).toMatchObject({ status: 503 })
    // A tenth more at most, so that verifiers do not come back together.
    expect(error).toHaveProperty('retryAfterSeconds', expect.closeTo(63, -1))
    authority.clock.advance(59_999)
    await codeOf(verifier.verify(token))
    expect(requests()).toBe(1)
    authority.clock.advance(6_001)
    await codeOf(verifier.verify(token))
    expect(requests()).toBe(2)
  })
})

describe('a verifier with the emulator', () => {
  test('accepts its token until the delegation is revoked', async () => {
    const clock = createFakeClock()
    // The newer server, because the one of April 2026 does not report revocation here.
    const emulator = createEmulator({ clock, profile: 'workspace' })
    const verifier = createDelegationVerifier({
      authSecUrl: 'http://127.0.0.1:7468',
      tenantId: emulator.tenantId,
      audience: 'authsec-api',
      onlineCheck: { whenUnavailable: 'reject' },
      fetch: (input, init) => emulator.fetch(new Request(input, init)),
      clock,
    })
    const pull = `http://127.0.0.1:7468/authsec/uflow/sdk/delegation-token?client_id=${emulator.clientId}`
    const headers = { authorization: `Bearer ${await emulator.control.adminToken()}` }
    const response = await emulator.fetch(new Request(pull, { headers }))
    const { token } = (await response.json()) as { token: string }
    const claims = await verifier.verify(token, { permissions: ['metrics:read'] })
    expect(claims.client_id).toBe(emulator.clientId)
    emulator.control.revoke()
    clock.advance(60_000)
    expect(await codeOf(verifier.verify(token))).toBe('token_revoked')
  })

  test('rejects its mock tokens unless allowMockIssuer is set', async () => {
    const emulator = createEmulator({ mockIssuer: true })
    const options = {
      authSecUrl: 'http://127.0.0.1:7468',
      tenantId: emulator.tenantId,
      audience: 'authsec-api',
      fetch: (input: string, init: RequestInit) => emulator.fetch(new Request(input, init)),
    }
    const pull = `http://127.0.0.1:7468/authsec/uflow/sdk/delegation-token?client_id=${emulator.clientId}`
    const { token } = (await (await emulator.fetch(new Request(pull))).json()) as { token: string }
    expect(await codeOf(createDelegationVerifier(options).verify(token))).toBe('wrong_issuer')
    const lenient = createDelegationVerifier({ ...options, allowMockIssuer: true })
    expect(await codeOf(lenient.verify(token))).toBe('ok')
  })
})
