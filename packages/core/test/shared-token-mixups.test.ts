import { createFakeClock, createRandom, pick } from '@authsec-internal/test-kit'
import { expect, it } from 'vitest'
import type { AuthSecClient } from '../src/client/client.ts'
import { createAuthSecClient } from '../src/client/create-client.ts'
import { AGENT, benchStore, TENANT, TOKEN_KEYS, tokenOf } from './support/shared-bench.ts'

const INTERLEAVINGS = Number(process.env['INTERLEAVINGS'] ?? 400)
const STEPS = 8

/** Whose a token is: the same client ID can be another agent on another server, in another tenant. */
interface Identity {
  readonly host: string
  readonly clientId: string
  readonly tenantId: string
}

const identities: readonly Identity[] = ['one', 'two'].flatMap((host, server) =>
  ['', '1'].flatMap((digit) => [
    {
      host: `${host}.example.com`,
      clientId: `${digit}${AGENT.slice(digit.length)}`,
      tenantId: `${server}${TENANT.slice(1)}`,
    },
  ]),
)

/** AuthSec of two tenants, agents in several processes each, and a store that somebody tampers with. */
function setUpTampering(random: () => number) {
  const clock = createFakeClock()
  const store = benchStore(clock)
  const { lease, ...withoutLease } = store
  const shared = random() < 0.5 ? store : withoutLease
  const seen: [string, string][] = []
  let issued = 0

  function issue(host: string, clientId: string): Response {
    const identity = identities.find((one) => one.host === host && one.clientId === clientId)
    if (!identity || random() < 0.1)
      return Response.json({ error: 'No active delegation' }, { status: 404 })
    if (random() < 0.1) return new Response('', { status: 501 })
    issued += random() < 0.5 ? 1 : 0
    const iat = Math.floor(clock.now() / 1000)
    const life = pick(random, [60, 3_600])
    const token = tokenOf({
      ...{ client_id: clientId, tenant_id: identity.tenantId, host, iat, exp: iat + life },
      jti: `${issued}`,
    })
    return Response.json({ token, client_id: clientId })
  }

  function start({ host, clientId, tenantId }: Identity): AuthSecClient {
    return createAuthSecClient({
      baseUrl: `https://${host}`,
      clientId,
      ...(random() < 0.7 && { tenantId }),
      clock: { ...clock },
      store: { ...shared },
      tokenKeys: TOKEN_KEYS,
      fetch: async (input, init) => {
        await Promise.resolve()
        return issue(new URL(input).host, new Headers(init.headers).get('x-client-id') ?? '')
      },
    })
  }

  /** What somebody does who can write the store, and has no key. */
  function tamper(): void {
    seen.push(...store.entries)
    const [from, to] = [pick(random, seen), pick(random, seen)]
    if (random() < 0.5) return void store.entries.set(to[0], from[1])
    store.entries.set(from[0], to[1]).set(to[0], from[1])
  }
  return { clock, store, start, tamper, canTamper: () => store.entries.size > 0 || seen.length > 0 }
}

async function settledBy<T>(
  clock: ReturnType<typeof createFakeClock>,
  work: Promise<T>,
): Promise<T> {
  let isDone = false
  const done = work.finally(() => {
    isDone = true
  })
  while (!isDone) await clock.advance(50)
  return done
}

it(`no token reaches another agent in ${INTERLEAVINGS} interleavings of processes, agents and tenants`, async () => {
  let served = 0
  let asked = 0
  for (let seed = 0; seed < INTERLEAVINGS; seed++) {
    const random = createRandom(seed)
    const world = setUpTampering(random)
    const processes = Array.from({ length: 6 }, () => {
      const identity = pick(random, identities)
      return { identity, client: world.start(identity) }
    })
    async function call({ identity, client }: (typeof processes)[number]): Promise<void> {
      const options = random() < 0.2 ? { forceRefresh: true } : {}
      const token = await client.getDelegationToken(options).catch(() => undefined)
      asked += 1
      if (!token) return
      served += 1
      const claims = JSON.parse(
        Buffer.from(token.value.split('.')[1] ?? '', 'base64url').toString(),
      )
      const { host, client_id: clientId, tenant_id: tenantId } = claims
      expect({ host, clientId, tenantId }, `seed ${seed}`).toEqual(identity)
      expect(claims.exp * 1000, `seed ${seed}`).toBeGreaterThan(world.clock.now())
    }
    for (let step = 0; step < STEPS; step++) {
      const at = random()
      if (at < 0.25 && world.canTamper()) world.tamper()
      else if (at < 0.4) await world.clock.advance(pick(random, [1_000, 40_000, 2_000_000]))
      else {
        const some = Array.from({ length: pick(random, [1, 2, 4]) }, () => pick(random, processes))
        await settledBy(world.clock, Promise.all(some.map(call)))
      }
    }
    for (const { client } of processes) await client.close()
  }
  expect(served).toBeGreaterThan(INTERLEAVINGS)
  expect(served / asked).toBeGreaterThan(0.5)
}, 300_000)
