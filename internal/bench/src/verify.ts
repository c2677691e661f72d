import { randomUUID } from 'node:crypto'
import { type CryptoKey, exportJWK, generateKeyPair, jwtVerify, SignJWT } from 'jose'
import type { Checkout } from './checkouts.ts'
import { compare, measure, median, ratios, type Subject } from './measure.ts'

const TENANT_ID = randomUUID()
const AUDIENCE = 'records-api'
const ISSUER = `spiffe://${TENANT_ID}`
// More tokens than the cache holds, used in order: each has been forgotten when it comes again.
const TOKENS = 1_500
const HEAD_ROOM = 1.25

/** What verifying costs beside jose itself. Sets the exit code 1 beyond a goal and its head-room. */
export async function benchVerify(checkouts: readonly Checkout[]): Promise<void> {
  const { privateKey, publicKey } = await generateKeyPair('RS256', { modulusLength: 2048 })
  const jwk = { ...(await exportJWK(publicKey)), kid: 'default', use: 'sig', alg: 'RS256' }
  const tokens = await Promise.all(Array.from({ length: TOKENS }, () => sign(privateKey)))
  const options = { tenantId: TENANT_ID, audience: AUDIENCE, keys: [jwk] }
  const joseOptions = {
    algorithms: ['RS256'],
    issuer: ISSUER,
    audience: AUDIENCE,
    requiredClaims: ['exp', 'iat', 'sub'],
    clockTolerance: 5,
  }
  const verifiers = checkouts.map(({ label, verify }) => {
    const verifier = verify.createDelegationVerifier(options)
    const run = (token: string): Promise<unknown> =>
      verifier.verify(token, { permissions: ['records:read'] })
    return { label, run }
  })

  const anew = await measure(
    `Each of ${TOKENS} tokens of ${tokens[0]?.length} characters verified anew:`,
    [
      { name: 'jose', run: inTurn(tokens, (token) => jwtVerify(token, publicKey, joseOptions)) },
      ...verifiers.map(({ label, run }) => {
        return { name: `verify, uncached${label}`, run: inTurn(tokens, run) }
      }),
    ],
    { rounds: 30, count: TOKENS },
  )
  compare(anew.slice(1), anew[0])
  if (anew[1]) compare([anew[1]], anew[2])

  const again = await measure(
    'One token verified again and again:',
    verifiers.map(({ label, run }) => {
      return { name: `verify, cached${label}`, run: inTurn(tokens.slice(0, 1), run) }
    }),
    { rounds: 15, count: 100_000 },
  )
  compare(again.slice(0, 1), again[1])

  const [jose, ours] = anew
  if (!jose || !ours || !again[0]) throw new Error('Nothing was measured.')
  const [wall, cpu] = ratios(ours, jose)
  const perSecond = 1e6 / median(again[0].wallUs)
  console.log('Goals (a quarter of head-room before the bench fails):')
  judge('uncached / jose, time (goal 1.1)', wall.toFixed(3), wall / 1.1)
  judge('uncached / jose, CPU (goal 1.1)', cpu.toFixed(3), cpu / 1.1)
  const shown = Math.round(perSecond).toLocaleString('en')
  judge('cached, per second (goal 200,000)', shown, 200_000 / perSecond)
}

/** Prints whether a goal is met: `cost` is 1 at the goal. */
function judge(what: string, value: string, cost: number): void {
  const verdict = cost <= 1 ? 'ok  ' : cost <= HEAD_ROOM ? 'near' : 'FAIL'
  console.log(`  ${verdict} ${what}: ${value}`)
  if (verdict === 'FAIL') process.exitCode = 1
}

/** Uses the next token for each call, and starts over after the last. */
function inTurn(
  tokens: readonly string[],
  verify: (token: string) => Promise<unknown>,
): Subject['run'] {
  let next = 0
  return async (count) => {
    for (let index = 0; index < count; index++) {
      await verify(tokens[next] ?? '')
      next = (next + 1) % tokens.length
    }
  }
}

/** A token with the claims of the server's (contract 2.3). */
function sign(privateKey: CryptoKey): Promise<string> {
  const sub = `spiffe://example.org/tenants/${TENANT_ID}/agents/langchain/${randomUUID()}`
  return new SignJWT({
    user_id: randomUUID(),
    email: 'admin@example.com',
    tenant_id: TENANT_ID,
    agent_type: 'langchain',
    permissions: ['metrics:read', 'records:read'],
    client_id: randomUUID(),
  })
    .setProtectedHeader({ alg: 'RS256', typ: 'JWT' })
    .setIssuer(ISSUER)
    .setSubject(sub)
    .setAudience([AUDIENCE])
    .setIssuedAt()
    .setNotBefore('0s')
    .setExpirationTime('1h')
    .setJti(randomUUID())
    .sign(privateKey)
}
