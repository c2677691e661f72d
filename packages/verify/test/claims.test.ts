import { describe, expect, test } from 'vitest'
import { ConfigError } from '../src/index.ts'
import { createAuthority, TENANT_ID } from './support/authority.ts'
import { createFakeClock } from './support/fake-clock.ts'
import { codeOf, createTestVerifier } from './support/verifier.ts'

const OTHER_TENANT = '11111111-2222-4333-8444-555555555555'

async function resultFor(
  changes: Record<string, unknown>,
  options: Parameters<typeof createTestVerifier>[1] = {},
): Promise<string> {
  const authority = createAuthority()
  const verifier = createTestVerifier(authority, options)
  return await codeOf(verifier.verify(await authority.sign(changes)))
}

describe('a verifier of claims', () => {
  test.each(['exp', 'iat', 'sub', 'aud', 'iss'])('rejects a token without %s', async (name) => {
    expect(await resultFor({ [name]: undefined })).toBe('token_invalid')
  })

  test.each([
    ['exp', '1795435200'],
    ['exp', 1_795_435_200.5],
    ['exp', 9_007_199_254_740_992],
    ['exp', null],
    ['iat', 'now'],
    ['nbf', '0'],
    ['sub', ''],
    ['sub', 7],
    ['aud', 7],
    ['aud', ['records-api', 7]],
    ['permissions', 'records:read'],
    ['permissions', ['records:read', 7]],
    ['client_id', {}],
  ])('rejects a token whose %s is %j', async (name, value) => {
    expect(await resultFor({ [name]: value })).toBe('token_invalid')
  })

  test('rejects an exp that is too large for a number', async () => {
    const authority = createAuthority()
    const text = JSON.stringify(authority.claims()).replace(/"exp":\d+/, '"exp":1e999')
    const part = (value: string): string => Buffer.from(value).toString('base64url')
    const token = `${part('{"alg":"RS256"}')}.${part(text)}.AAAA`
    expect(await codeOf(createTestVerifier(authority).verify(token))).toBe('token_invalid')
  })

  test('rejects a lifetime of more than a day unless an option allows it', async () => {
    const exp = 1_795_435_200 + 86_401
    expect(await resultFor({ exp })).toBe('token_invalid')
    expect(await resultFor({ exp }, { maxTokenLifetimeSeconds: 90_000 })).toBe('ok')
  })

  const now = 1_795_435_200

  test.each([
    ['exp equal to iat', { exp: now, iat: now, nbf: undefined }],
    ['exp one second before iat', { exp: now - 1, iat: now, nbf: undefined }],
    ['exp before an iat in the past', { exp: now - 4, iat: now - 3, nbf: now - 9 }],
    ['exp before an iat in the future', { exp: now + 1, iat: now + 2, nbf: undefined }],
    ['nbf equal to exp', { exp: now + 1, iat: now - 9, nbf: now + 1 }],
    ['nbf after exp', { exp: now - 2, iat: now - 9, nbf: now }],
    ['nbf after exp, in the future', { exp: now + 2, iat: now, nbf: now + 4 }],
    ['nbf and iat equal to exp', { exp: now + 1, iat: now + 1, nbf: now + 1 }],
  ])('rejects a token with %s, which is at no time valid', async (_, claims) => {
    for (const clockToleranceSeconds of [5, 60]) {
      expect(await resultFor(claims, { clockToleranceSeconds })).toBe('token_invalid')
    }
  })

  test.each([
    ['of one second', { exp: now + 1, iat: now, nbf: undefined }],
    ['that ended within the tolerance', { exp: now - 1, iat: now - 2, nbf: now - 2 }],
    ['that begins within the tolerance', { exp: now + 5, iat: now + 4, nbf: now + 4 }],
    ['with nbf before iat', { exp: now + 9, iat: now, nbf: now - 60 }],
    ['with nbf after iat', { exp: now + 9, iat: now - 60, nbf: now }],
  ])('accepts a lifetime %s', async (_, claims) => {
    expect(await resultFor(claims)).toBe('ok')
  })

  test.each([
    ['iat', true],
    ['iat', []],
    ['iat', null],
    ['iat', Number.MAX_SAFE_INTEGER + 1],
    ['nbf', null],
    ['nbf', 1.5],
    ['exp', {}],
  ])('rejects a token whose %s is no whole number: %j', async (name, value) => {
    expect(await resultFor({ [name]: value })).toBe('token_invalid')
  })

  test.each([
    [0, -1, 'token_expired'],
    [0, 0, 'token_expired'],
    [0, 1, 'ok'],
    [60, -59, 'ok'],
    [60, -60, 'token_expired'],
  ])(
    'with a tolerance of %i s, the result for an expiry at %i s is %s',
    async (tolerance, offset, code) => {
      const exp = 1_795_435_200 + offset
      const claims = { exp, iat: exp - 100, nbf: exp - 100 }
      expect(await resultFor(claims, { clockToleranceSeconds: tolerance })).toBe(code)
    },
  )

  test.each([
    ['tenant_id', OTHER_TENANT],
    ['workspace_id', OTHER_TENANT],
    ['iss', `spiffe://${TENANT_ID.toUpperCase()}`],
    ['iss', `spiffe://${TENANT_ID}/`],
    ['iss', `https://${TENANT_ID}`],
  ])('treats the %s %s as another tenant', async (name, value) => {
    expect(await resultFor({ [name]: value })).toBe('wrong_issuer')
  })

  test('accepts workspace_id in place of tenant_id', async () => {
    expect(await resultFor({ tenant_id: undefined, workspace_id: TENANT_ID })).toBe('ok')
  })

  test('accepts mock tokens only with allowMockIssuer, and only those of its tenant', async () => {
    const mock = { iss: `spiffe://${TENANT_ID}.mock.authsec.invalid` }
    const other = { iss: `spiffe://${OTHER_TENANT}.mock.authsec.invalid` }
    expect(await resultFor(mock)).toBe('wrong_issuer')
    expect(await resultFor(mock, { allowMockIssuer: true })).toBe('ok')
    expect(await resultFor(other, { allowMockIssuer: true })).toBe('wrong_issuer')
  })

  test.each([
    ['spiffe://example.org/tenants/*/agents/langchain/*', 'ok'],
    ['spiffe://example.org/tenants/*/agents/*', 'token_invalid'],
    ['spiffe://exampleXorg/tenants/*/agents/langchain/*', 'token_invalid'],
    ['spiffe://example.org/tenants/*/agents/mastra/*', 'token_invalid'],
  ])('the result for the subject pattern %s is %s', async (subjectPattern, code) => {
    expect(await resultFor({}, { subjectPattern })).toBe(code)
  })

  test('returns all claims, typed and frozen', async () => {
    const authority = createAuthority()
    const token = await authority.sign({
      aud: 'records-api',
      extra: { deep: [1] },
      permissions: null,
    })
    const claims = await createTestVerifier(authority).verify(token)
    expect(claims).toMatchObject({ aud: ['records-api'], permissions: [], extra: { deep: [1] } })
    const parts = [claims, claims.aud, claims.permissions, claims['extra']]
    expect(parts.every((part) => Object.isFrozen(part))).toBe(true)
  })
})

describe('a permission requirement', () => {
  const verify = async (requirement: object): Promise<string> => {
    const authority = createAuthority()
    const token = await authority.sign({ permissions: ['a:read', 'b:read'] })
    return await codeOf(createTestVerifier(authority).verify(token, requirement))
  }

  test.each([
    [{}, 'ok'],
    [{ permissions: ['a:read', 'b:read'] }, 'ok'],
    [{ permissions: ['a:read', 'c:read'] }, 'insufficient_permission'],
    [{ anyPermission: ['c:read', 'b:read'] }, 'ok'],
    [{ anyPermission: ['c:read'] }, 'insufficient_permission'],
    [{ permissions: ['a:read'], anyPermission: ['c:read', 'b:read'] }, 'ok'],
    [{ permissions: ['c:read'], anyPermission: ['a:read'] }, 'insufficient_permission'],
    [{ permissions: ['a:*'] }, 'insufficient_permission'],
  ])('%j gives the result %s', async (requirement, code) => {
    expect(await verify(requirement)).toBe(code)
  })

  test.each([
    { permission: ['a:read'] },
    { scope: 'a:read' },
    { permissions: 'a:read' },
    { permissions: [] },
    { anyPermission: [] },
    { permissions: ['a"b'] },
    { permissions: ['a b'] },
    { permissions: [''] },
  ])('is reported as a mistake when it is %j', async (requirement) => {
    await expect(verify(requirement)).rejects.toSatisfy(ConfigError.isInstance)
  })
})

describe('the cache of verified tokens', () => {
  test('returns the same claims for a minute', async () => {
    const authority = createAuthority()
    const verifier = createTestVerifier(authority)
    const token = await authority.sign()
    const first = await verifier.verify(token)
    authority.clock.advance(59_999)
    expect(await verifier.verify(token)).toBe(first)
    authority.clock.advance(1)
    expect(await verifier.verify(token)).not.toBe(first)
  })

  test('returns no claims after the expiry and the tolerance', async () => {
    const authority = createAuthority()
    const verifier = createTestVerifier(authority)
    const token = await authority.sign({ exp: 1_795_435_200 + 10 })
    await verifier.verify(token)
    authority.clock.advance(14_999)
    expect(await codeOf(verifier.verify(token))).toBe('ok')
    authority.clock.advance(1)
    expect(await codeOf(verifier.verify(token))).toBe('token_expired')
  })

  test('returns no claims after the clock was set back to a time before the token', async () => {
    const clock = createFakeClock()
    const authority = createAuthority(clock)
    const verifier = createTestVerifier(authority)
    const token = await authority.sign()
    await verifier.verify(token)
    clock.jump(-3_600_000)
    expect(await codeOf(verifier.verify(token))).toBe('token_not_active')
  })

  test('is not shared between verifiers', async () => {
    const authority = createAuthority()
    const token = await authority.sign()
    await createTestVerifier(authority).verify(token)
    const other = createTestVerifier(authority, { audience: 'other-api' })
    expect(await codeOf(other.verify(token))).toBe('wrong_audience')
  })

  test('does not cache the result for a permission', async () => {
    const authority = createAuthority()
    const verifier = createTestVerifier(authority)
    const token = await authority.sign()
    await verifier.verify(token, { permissions: ['records:read'] })
    expect(await codeOf(verifier.verify(token, { permissions: ['records:write'] }))).toBe(
      'insufficient_permission',
    )
  })

  test('distinguishes tokens whose unused last bits differ', async () => {
    const authority = createAuthority()
    const verifier = createTestVerifier(authority)
    const token = await authority.sign()
    await verifier.verify(token)
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    const last = alphabet.indexOf(token.at(-1) ?? '')
    const twin = token.slice(0, -1) + alphabet[last ^ 1]
    expect(await codeOf(verifier.verify(twin))).toBe('token_malformed')
  })

  test.each([700, 1_500, 2_300])('accepts a token with %i permissions', async (count) => {
    const authority = createAuthority()
    const permissions = Array.from({ length: count }, (_, index) => `resource-${index}:read`)
    const token = await authority.sign({ permissions })
    expect(token.length).toBeGreaterThan(16_384)
    const claims = await createTestVerifier(authority).verify(token)
    expect(claims.permissions).toEqual(permissions)
  })

  test('rejects a token of more than 65 536 characters before anything is read from it', async () => {
    const authority = createAuthority()
    const token = await authority.sign({ note: 'x'.repeat(50_000) })
    expect(await codeOf(createTestVerifier(authority).verify(token))).toBe('token_malformed')
  })

  test('keeps a thousand tokens', async () => {
    const authority = createAuthority()
    const verifier = createTestVerifier(authority)
    const tokens = await Promise.all(Array.from({ length: 1_001 }, () => authority.sign()))
    const claims: unknown[] = []
    for (const token of tokens) claims.push(await verifier.verify(token))
    const isKept = async (index: number): Promise<boolean> =>
      (await verifier.verify(tokens[index])) === claims[index]
    expect([await isKept(1_000), await isKept(0)]).toEqual([true, false])
  })
})
