import fc from 'fast-check'
import { createLocalJWKSet, jwtVerify } from 'jose'
import { expect, test } from 'vitest'
import { AUDIENCE, createAuthority, createTestKey, secondKey } from './support/authority.ts'
import { codeOf, createTestVerifier } from './support/verifier.ts'

const MUTATIONS = 100_000
const SEED = 20_261_123

/** Changes that an attacker can make to a token; every change yields another string. */
function mutations(tokens: readonly string[]): fc.Arbitrary<string> {
  const token = fc.constantFrom(...tokens)
  const character = fc.constantFrom(...'ABCXYZabcxyz0189-_.=+/ \n\u00e9\u0000')
  const position = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
  const offset = (text: string, where: number): number => Math.floor(text.length * where)
  const part = (text: string, index: number): string => text.split('.')[index] ?? ''
  return fc.oneof(
    // One character, anywhere.
    fc.tuple(token, position, character).map(([text, where, letter]) => {
      const at = offset(text, where)
      return text.slice(0, at) + letter + text.slice(at + 1)
    }),
    fc.tuple(token, position, character).map(([text, where, letter]) => {
      const at = offset(text, where)
      return text.slice(0, at) + letter + text.slice(at)
    }),
    // One bit of the decoded claims or header, encoded canonically again.
    fc.tuple(token, fc.constantFrom(0, 1), position, fc.nat(7)).map(([text, index, where, bit]) => {
      const bytes = Buffer.from(part(text, index), 'base64url')
      const at = Math.floor(bytes.length * where)
      bytes[at] = (bytes[at] ?? 0) ^ (1 << bit)
      return text.split('.').with(index, bytes.toString('base64url')).join('.')
    }),
    // Parts of two tokens.
    fc
      .tuple(token, token, fc.nat(2))
      .map(([text, other, index]) => text.split('.').with(index, part(other, index)).join('.')),
    // Cut short, doubled, padded.
    fc.tuple(token, position).map(([text, where]) => text.slice(0, offset(text, where))),
    token.map((text) => `${text}.${part(text, 2)}`),
    token.map((text) => `${text}==`),
    // Another header over the same claims.
    fc
      .tuple(
        token,
        fc.record({
          alg: fc.constantFrom('RS256', 'none', 'HS256', 'PS256', 'rs256', ''),
          kid: fc.constantFrom('default', 'other'),
          crit: fc.constantFrom(undefined, ['exp'], ['b64']),
          b64: fc.constantFrom(undefined, false),
        }),
      )
      .map(([text, header]) => {
        const encoded = Buffer.from(JSON.stringify(header)).toString('base64url')
        return text.split('.').with(0, encoded).join('.')
      }),
  )
}

test('no token of 100 000 mutated ones is accepted that jose rejects', async () => {
  const authority = createAuthority()
  const strangerKey = createTestKey('default')
  authority.published = [authority.key, secondKey]
  const verifier = createTestVerifier(authority)
  const seconds = Math.floor(authority.clock.now() / 1000)
  const valid = await Promise.all([
    authority.sign(),
    authority.sign({}, { key: secondKey, header: { kid: 'default' } }),
    authority.sign({ permissions: ['records:write'] }, { header: { typ: undefined } }),
  ])
  const bad = await Promise.all([
    authority.sign({}, { key: strangerKey }),
    authority.sign({ exp: seconds - 600, iat: seconds - 900, nbf: seconds - 900 }),
    authority.sign({ aud: ['other-api'] }),
    authority.sign({ iss: 'spiffe://11111111-2222-4333-8444-555555555555' }),
  ])
  const samples = fc.sample(mutations([...valid, ...bad]), { numRuns: MUTATIONS, seed: SEED })

  const jwks = createLocalJWKSet({ keys: [{ ...authority.key.jwk, kty: 'RSA' }] })
  const otherJwks = createLocalJWKSet({ keys: [{ ...secondKey.jwk, kty: 'RSA' }] })
  /** jose with the same rules. It tries one key at a time, hence two key sets. */
  const joseAccepts = async (token: string): Promise<boolean> => {
    const options = {
      algorithms: ['RS256'],
      issuer: `spiffe://${authority.tenantId}`,
      audience: AUDIENCE,
      requiredClaims: ['exp', 'iat', 'sub'],
      clockTolerance: 5,
      currentDate: new Date(authority.clock.now()),
    }
    const attempts = [jwks, otherJwks].map((keys) => jwtVerify(token, keys, options))
    return (await Promise.allSettled(attempts)).some(({ status }) => status === 'fulfilled')
  }

  const codes = new Map<string, number>()
  const wronglyAccepted: string[] = []
  const verifyOne = async (token: string): Promise<void> => {
    const code = await codeOf(verifier.verify(token))
    codes.set(code, (codes.get(code) ?? 0) + 1)
    if (code !== 'ok') return
    if (!(await joseAccepts(token)) || !valid.includes(token)) wronglyAccepted.push(token)
  }
  for (let start = 0; start < samples.length; start += 64) {
    await Promise.all(samples.slice(start, start + 64).map(verifyOne))
  }
  console.info(`${samples.length} mutated tokens:`, Object.fromEntries(codes))
  expect(wronglyAccepted).toEqual([])
  // Some samples are unchanged tokens, so the test fails for a verifier that rejects everything.
  expect(codes.get('ok')).toBeGreaterThan(0)
  // Web Crypto takes its way through threads.
}, 120_000)
