import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { VerificationError, type VerificationErrorCode } from '../src/index.ts'
import { assemble, createAuthority, secondKey } from './support/authority.ts'
import { createTestVerifier } from './support/verifier.ts'

const SECRET = 'secret-7f3a91'

describe('VerificationError', () => {
  test('contains neither the token, nor a claim, nor a foreign error', async () => {
    const authority = createAuthority()
    const secret = { email: `${SECRET}@example.com`, sub: `spiffe://${SECRET}` }
    const seconds = Math.floor(authority.clock.now() / 1000)
    const tokens = [
      SECRET,
      assemble({ alg: 'RS256', note: SECRET }, `{"email":"${SECRET}`, 'AAAA'),
      assemble({ alg: SECRET }, authority.claims(secret), 'AAAA'),
      await authority.sign({ ...secret, exp: seconds - 60 }),
      await authority.sign({ ...secret, nbf: seconds + 60 }),
      await authority.sign({ ...secret, aud: [SECRET] }),
      await authority.sign({ ...secret, iss: SECRET }),
      await authority.sign({ ...secret, exp: SECRET }),
      await authority.sign({ ...secret, permissions: [SECRET] }),
      await authority.sign(secret, { key: secondKey }),
    ]
    const good = await authority.sign(secret)
    const verifier = createTestVerifier(authority)
    const down = createTestVerifier(authority, {
      fetch: (_, init) => Promise.reject(new Error(SECRET, { cause: init })),
    })
    const attempts = [
      ...tokens.map((token) => verifier.verify(token, { permissions: ['records:write'] })),
      down.verify(good),
    ]
    const errors = await Promise.all(attempts.map((attempt) => attempt.catch((error) => error)))
    expect(errors.every(VerificationError.isInstance)).toBe(true)
    for (const [index, error] of errors.entries()) {
      const shown = [
        inspect(error, { depth: 10, showHidden: true }),
        JSON.stringify(error),
        error.stack,
        error.challenge,
        String(error.cause),
      ].join('\n')
      expect(shown).not.toContain(SECRET)
      for (const part of (tokens[index] ?? '').split('.')) {
        if (part.length > 10) expect(shown).not.toContain(part.slice(0, 10))
      }
    }
  })

  test.each<[VerificationErrorCode, number]>([
    ['token_missing', 401],
    ['token_malformed', 401],
    ['token_invalid', 401],
    ['token_expired', 401],
    ['token_not_active', 401],
    ['token_revoked', 401],
    ['wrong_issuer', 401],
    ['wrong_audience', 401],
    ['insufficient_permission', 403],
    ['keys_unavailable', 503],
    ['check_unavailable', 503],
  ])('has for %s the status %i, a challenge that parses and a hint', (code, status) => {
    const error = new VerificationError({ code })
    expect(error.status).toBe(status)
    expect(error.hint).toMatch(/\.$/)
    expect(error.retryAfterSeconds).toBe(status === 503 ? 1 : undefined)
    if (status === 503) expect(error.challenge).toBeUndefined()
    // RFC 9110 section 11.6.1, and the characters RFC 6750 section 3 allows in a description.
    else
      expect(error.challenge).toMatch(/^Bearer(?: \w+="[ !#-[\]-~]*"(?:, \w+="[ !#-[\]-~]*")*)?$/)
  })

  test('is recognised across copies of the package, and no other value is', () => {
    const foreign = Object.create(Error.prototype, {
      [Symbol.for('authsec.verification-error')]: { value: true },
    })
    expect(VerificationError.isInstance(foreign)).toBe(true)
    for (const value of [new Error('x'), null, 'token_invalid', { code: 'token_invalid' }]) {
      expect(VerificationError.isInstance(value)).toBe(false)
    }
  })
})
