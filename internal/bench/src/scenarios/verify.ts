import { createVerifier } from 'fast-jwt'
import { jwtVerify } from 'jose'
import { compare, compareCheckouts, type Figure } from '../measuring/figures.ts'
import { inFlight, inTurn, type Measurement, measure } from '../measuring/measure.ts'
import type { Scenario } from '../scenario.ts'
import type { Checkout } from '../world/checkouts.ts'
import { AUDIENCE, PERMISSION, type SignedTokens, signTokens } from '../world/tokens.ts'

// More tokens than the cache holds, used in order: each has been forgotten when it comes again.
const TOKENS = 1_500

interface Way {
  readonly name: string
  verify(token: string): Promise<unknown>
}

/** What verifying a token costs that is not in the cache. */
export const verifyUncached: Scenario = {
  name: 'verify',
  method: `${TOKENS} RS256 tokens in turn, more than the cache holds, one at a time and 64 at a time. jose and fast-jwt check signature, issuer, audience and times; @authsec/verify also the claims of a delegation and a permission.`,
  async run({ checkouts, pace }) {
    const signed = await signTokens(TOKENS)
    const measured: Measurement[] = []
    const figures: Figure[] = []
    for (const width of [1, 64]) {
      const ways = [withJose(signed), withFastJwt(signed), ...ours(checkouts, signed)]
      const results = await measure(
        ways.map(({ name, verify }) => ({
          name: `${width} at a time: ${name}`,
          least: width,
          run: inFlight(width, inTurn(signed.tokens, verify)),
        })),
        pace,
      )
      const [jose, fastJwt, ...verify] = results
      const of = `${width} at a time`
      const goal = width === 1 ? 'uncached / jose' : 'uncached / jose, 64 at once'
      figures.push(...compare({ baseline: jose, ours: verify, of, by: 'wallUs', goal }))
      figures.push(...compare({ baseline: jose, ours: verify, of }))
      figures.push(...compare({ baseline: fastJwt, ours: verify, of, by: 'wallUs' }))
      figures.push(...compareCheckouts(verify, of, 'wallUs'))
      measured.push(...results)
    }
    return [{ title: 'Verification, not cached', figures, measured }]
  },
}

function ours(checkouts: readonly Checkout[], { tenantId, jwk }: SignedTokens): Way[] {
  return checkouts.map(({ label, verify }) => {
    const options = { tenantId, audience: AUDIENCE, keys: [jwk] }
    const verifier = verify.createDelegationVerifier(options)
    const needed = { permissions: [PERMISSION] }
    return { name: `verify${label}`, verify: (token) => verifier.verify(token, needed) }
  })
}

function withJose({ issuer, publicKey }: SignedTokens): Way {
  const options = {
    algorithms: ['RS256'],
    issuer,
    audience: AUDIENCE,
    requiredClaims: ['exp', 'iat', 'sub'],
    clockTolerance: 5,
  }
  return { name: 'jose', verify: (token) => jwtVerify(token, publicKey, options) }
}

function withFastJwt({ issuer, pem }: SignedTokens): Way {
  const verifier = createVerifier({
    key: pem,
    algorithms: ['RS256'],
    allowedIss: issuer,
    allowedAud: AUDIENCE,
    requiredClaims: ['exp', 'iat', 'sub'],
    clockTolerance: 5_000,
    cache: false,
  })
  return { name: 'fast-jwt', verify: async (token) => verifier(token) }
}
