import { expect, test } from 'vitest'
import { assemble, createAuthority } from './support/authority.ts'
import { codeOf, createTestVerifier } from './support/verifier.ts'

const MARK = '\ufeff'

test.each([1, 2, 3, 4])(
  'a key set that begins with a byte order mark is read, its first piece being %i bytes long',
  async (length) => {
    const authority = createAuthority()
    const bytes = Buffer.from(MARK + JSON.stringify({ keys: [authority.key.jwk] }))
    const pieces = [bytes.subarray(0, length), bytes.subarray(length)]
    authority.answer = () => new Response(ReadableStream.from(pieces))
    const verifier = createTestVerifier(authority)
    expect(await codeOf(verifier.verify(await authority.sign()))).toBe('ok')
  },
)

test.each([
  [true, 'ok'],
  [false, 'token_revoked'],
])('an online check that begins with a mark and says valid: %s is read', async (valid, code) => {
  const authority = createAuthority()
  const bundle = authority.answer
  authority.answer = (url) =>
    url.pathname.endsWith('/validate')
      ? new Response(MARK + JSON.stringify({ valid }))
      : bundle(url)
  const verifier = createTestVerifier(authority, { onlineCheck: { whenUnavailable: 'reject' } })
  expect(await codeOf(verifier.verify(await authority.sign()))).toBe(code)
})

test('a token with a mark in its header or its claims is rejected', async () => {
  const authority = createAuthority()
  const verifier = createTestVerifier(authority)
  const [, , signature = ''] = (await authority.sign()).split('.')
  const header = { alg: 'RS256' }
  const claims = authority.claims()
  for (const token of [
    assemble(MARK + JSON.stringify(header), claims, signature),
    assemble(header, MARK + JSON.stringify(claims), signature),
  ]) {
    expect(await codeOf(verifier.verify(token))).toMatch(/^token_(malformed|invalid)$/)
  }
})
