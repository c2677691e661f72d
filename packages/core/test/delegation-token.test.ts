import { inspect } from 'node:util'
import { thrown } from '@authsec-internal/test-kit'
import { describe, expect, it } from 'vitest'
import { parseTimestamp } from '../src/support/server-time.ts'
import { decodeClaims, IssuedToken } from '../src/token/delegation-token.ts'

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
const jwt = (header: unknown, claims: unknown): string => `${part(header)}.${part(claims)}.c2ln`
const RS256 = { alg: 'RS256', typ: 'JWT' }

describe('a token from the server', () => {
  it('is decoded when it is a compact RS256 JWS', () => {
    expect(decodeClaims(jwt(RS256, { exp: 1, sub: 'x' }))).toEqual({ exp: 1, sub: 'x' })
  })

  it.each([
    ['not a string', 42],
    ['empty', ''],
    ['two parts', 'a.b'],
    ['four parts', `${jwt(RS256, {})}.x`],
    ['five parts, as an encrypted token has', 'a.b.c.d.e'],
    ['algorithm none', jwt({ alg: 'none' }, {})],
    ['algorithm HS256', jwt({ alg: 'HS256' }, {})],
    ['no algorithm', jwt({}, {})],
    ['an empty signature', `${part(RS256)}.${part({})}.`],
    ['a line break', `${jwt(RS256, {})}\n`],
    ['a CRLF inside', jwt(RS256, {}).replace('.', '\r\n.')],
    ['a space before', ` ${jwt(RS256, {})}`],
    ['claims that are a list', jwt(RS256, [])],
    ['claims that are not JSON', `${part(RS256)}.bm90IGpzb24.c2ln`],
    ['claims that are not UTF-8', `${part(RS256)}._w.c2ln`],
    ['66 000 characters', jwt(RS256, { x: 'x'.repeat(49_300) })],
    ['a character outside base64url', `${jwt(RS256, {})}é`],
  ])('is refused: %s', (_what, token) => {
    expect(decodeClaims(token)).toBeUndefined()
  })
})

describe('a timestamp', () => {
  it.each([
    ['2026-05-21T07:25:36Z'],
    ['2026-05-21T07:25:36.1Z'],
    ['2026-05-21T07:25:36.123456789Z'],
    ['2026-05-21T07:25:36+05:30'],
    ['2028-02-29T00:00:00Z'],
  ])('%s is taken', (text) => {
    expect(parseTimestamp(text)?.getTime()).toBe(Date.parse(text))
  })

  it.each([
    ['2026-05-21 07:25:36'],
    ['2026-05-21'],
    ['1779261936'],
    [1779261936],
    ['0'],
    ['275760-09-13'],
    ['+275760-09-13T00:00:00Z'],
    ['Thu, 21 May 2026 07:25:36 GMT'],
    ['May'],
    ['tomorrow'],
    ['2026-02-30T00:00:00Z'],
    ['2026-13-01T00:00:00Z'],
    ['2026-05-21T25:00:00Z'],
    ['x 2099'],
    ['2026-05-21T07:25:36'],
    [null],
  ])('%j is refused', (text) => {
    expect(parseTimestamp(text)).toBeUndefined()
  })
})

describe('a token in hand', () => {
  const SECRET = jwt(RS256, { marker: 'very-secret' })
  const token = new IssuedToken(SECRET, {
    expiresAt: new Date('2026-11-23T12:00:00Z'),
    issuedAt: undefined,
    subject: 'spiffe://example.org/agents/a594430b',
    redactedSubject: 'spiffe://example.org/agents/cid_12345678',
    permissions: ['metrics:read'],
    audience: ['authsec-api'],
    tenantId: undefined,
  })

  it.each<[string, () => string]>([
    ['printed', () => inspect(token, { showHidden: true, depth: 10 })],
    ['serialised', () => JSON.stringify({ token })],
    ['interpolated', () => `${token}`],
    ['cloned', () => inspect(structuredClone(token), { depth: 10, showHidden: true })],
    ['spread', () => inspect({ ...token }, { depth: 10, showHidden: true })],
    ['listed', () => Object.keys(token).join() + Object.values(token).join()],
  ])('shows nothing of itself when %s', (_how, render) => {
    const text = render()
    expect(text).not.toContain(SECRET)
    expect(text).not.toContain(SECRET.split('.')[1])
    expect(text).not.toContain('agents/a594430b')
  })

  it('gives itself away only when asked', () => {
    expect(token.value).toBe(SECRET)
    expect(token.subject).toBe('spiffe://example.org/agents/a594430b')
    expect(token.fingerprint).toMatch(/^tok_[0-9a-f]{8}$/)
  })
})

describe('the permissions of a token', () => {
  const token = new IssuedToken('a.b.c', {
    expiresAt: new Date(0),
    issuedAt: undefined,
    subject: '',
    redactedSubject: '',
    permissions: ['records:read', 'metrics:read'],
    audience: [],
    tenantId: undefined,
  })

  it.each([
    ['records:read', true],
    ['records:write', false],
    ['records', false],
    ['records:*', false],
    ['RECORDS:READ', false],
    ['', false],
    [undefined, false],
  ])('include %j: %s', (permission, expected) => {
    expect(token.hasPermission(permission as never)).toBe(expected)
  })

  it.each<[string[], boolean, boolean]>([
    [['records:read', 'metrics:read'], true, true],
    [['records:read', 'admin'], true, false],
    [['admin'], false, false],
    [[], false, true],
  ])('include of %j any: %s, all: %s', (permissions, any, all) => {
    expect(token.hasAnyPermission(permissions)).toBe(any)
    expect(token.hasAllPermissions(permissions)).toBe(all)
  })

  it.each([['records:read'], [''], [undefined], [null], [{}]])(
    'are not compared with %j, which is no list',
    (wrong) => {
      const error = { name: 'ConfigError', hint: expect.stringMatching(/records:read/) }
      expect(thrown(() => token.hasAnyPermission(wrong as never))).toMatchObject(error)
      expect(thrown(() => token.hasAllPermissions(wrong as never))).toMatchObject(error)
    },
  )
})
