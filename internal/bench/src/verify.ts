/** What verifying costs beside jose itself, in one process and in turns. Exits with 1 beyond a goal and its head-room. */
import { randomUUID } from 'node:crypto'
import { createDelegationVerifier } from '@authsec/verify'
import { exportJWK, generateKeyPair, jwtVerify, SignJWT } from 'jose'
import { type Measurement, measure, median, ratio, type Subject } from './measure.ts'

const TENANT_ID = randomUUID()
const AUDIENCE = 'records-api'
const ISSUER = `spiffe://${TENANT_ID}`
// More tokens than the cache holds, taken in order: each has been forgotten when it comes again.
const TOKENS = 1_500
const HEAD_ROOM = 1.25

const { privateKey, publicKey } = await generateKeyPair('RS256', { modulusLength: 2048 })
const jwk = { ...(await exportJWK(publicKey)), kid: 'default', use: 'sig', alg: 'RS256' }
const tokens = await Promise.all(Array.from({ length: TOKENS }, () => sign()))

/** Shaped like the server's (contract 2.3). */
function sign(): Promise<string> {
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

/** Takes the next token for each call, on and on. */
function inTurn(verify: (token: string) => Promise<unknown>): Subject['run'] {
  let next = 0
  return async (count) => {
    for (let index = 0; index < count; index++) {
      await verify(tokens[next] ?? '')
      next = (next + 1) % TOKENS
    }
  }
}

const options = { tenantId: TENANT_ID, audience: AUDIENCE, keys: [jwk] }
const requirement = { permissions: ['records:read'] }
const uncached = createDelegationVerifier(options)
const cached = createDelegationVerifier(options)
const joseOptions = {
  algorithms: ['RS256'],
  issuer: ISSUER,
  audience: AUDIENCE,
  requiredClaims: ['exp', 'iat', 'sub'],
  clockTolerance: 5,
}

function show({ name, wallUs, cpuUs }: Measurement): void {
  const middle = median(wallUs)
  const perSecond = Math.round(1e6 / middle).toLocaleString('en')
  const best = Math.min(...wallUs).toFixed(2)
  const times = `${middle.toFixed(2)} µs (best ${best}, CPU ${median(cpuUs).toFixed(2)})`
  console.log(`  ${name.padEnd(28)} ${times.padEnd(44)} ${perSecond}/s`)
}

/** `cost` is 1 at the goal; beyond it the line says so, beyond the head-room the bench fails. */
function judge(what: string, value: string, cost: number): void {
  const verdict = cost <= 1 ? 'ok  ' : cost <= HEAD_ROOM ? 'near' : 'FAIL'
  console.log(`  ${verdict} ${what}: ${value}`)
  if (verdict === 'FAIL') process.exitCode = 1
}

console.log(`Node ${process.version}, ${TOKENS} tokens of ${tokens[0]?.length} characters`)
console.log('Each token verified anew:')
const [jose, ours] = await measure(
  [
    { name: 'jose, key in hand', run: inTurn((token) => jwtVerify(token, publicKey, joseOptions)) },
    {
      name: '@authsec/verify, uncached',
      run: inTurn((token) => uncached.verify(token, requirement)),
    },
  ],
  { rounds: 30, count: TOKENS },
)
if (!jose || !ours) throw new Error('Nothing was measured.')
show(jose)
show(ours)

console.log('One token again and again:')
const [again] = await measure(
  [
    {
      name: '@authsec/verify, cached',
      async run(count) {
        for (let index = 0; index < count; index++) await cached.verify(tokens[0], requirement)
      },
    },
  ],
  { rounds: 15, count: 100_000 },
)
if (!again) throw new Error('Nothing was measured.')
show(again)

const wall = ratio(ours.wallUs, jose.wallUs)
const cpu = ratio(ours.cpuUs, jose.cpuUs)
const perSecond = 1e6 / median(again.wallUs)
console.log('Goals (a quarter of head-room before the bench fails):')
judge('uncached / jose, time (goal 1.1)', wall.toFixed(3), wall / 1.1)
judge('uncached / jose, CPU (goal 1.1)', cpu.toFixed(3), cpu / 1.1)
judge(
  'cached, per second (goal 200,000)',
  Math.round(perSecond).toLocaleString('en'),
  200_000 / perSecond,
)
