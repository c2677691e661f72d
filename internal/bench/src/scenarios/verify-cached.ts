import { createVerifier } from 'fast-jwt'
import { compare, compareCheckouts } from '../measuring/figures.ts'
import { measure, oneByOne } from '../measuring/measure.ts'
import type { Scenario } from '../scenario.ts'
import { AUDIENCE, PERMISSION, signTokens } from '../world/tokens.ts'

/** What verifying a token costs that was verified before. */
export const verifyCached: Scenario = {
  name: 'verify-cached',
  method:
    'One token again and again, beside fast-jwt with its cache. Each time, @authsec/verify checks the times and the permission anew.',
  async run({ checkouts, pace }) {
    const { tokens, tenantId, jwk, pem, issuer } = await signTokens(1)
    const [token] = tokens
    const fastJwt = createVerifier({
      key: pem,
      algorithms: ['RS256'],
      allowedIss: issuer,
      allowedAud: AUDIENCE,
      cache: true,
    })
    const ours = checkouts.map(({ label, verify }) => {
      const options = { tenantId, audience: AUDIENCE, keys: [jwk] }
      const verifier = verify.createDelegationVerifier(options)
      const needed = { permissions: [PERMISSION] }
      return { name: `verify${label}`, run: oneByOne(() => verifier.verify(token, needed)) }
    })
    const theirs = { name: 'fast-jwt', run: oneByOne(() => fastJwt(token)) }
    const measured = await measure([theirs, ...ours], pace)
    const [baseline, ...rest] = measured
    const figures = [
      ...compare({ baseline, ours: rest, of: 'cached', goal: 'cached / fast-jwt' }),
      ...compareCheckouts(rest, 'cached'),
    ]
    return [{ title: 'Verification, cached', figures, measured }]
  },
}
