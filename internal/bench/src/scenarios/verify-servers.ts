import { Agent, request } from 'undici'
import { difference, type Figure, figure } from '../measuring/figures.ts'
import { inFlight, inTurn, type Measurement, measure } from '../measuring/measure.ts'
import type { Scenario } from '../scenario.ts'
import { startChild } from '../world/child.ts'
import { signTokens } from '../world/tokens.ts'
import type { VerifyServers } from '../world/verify-process.ts'

const WIDTH = 16
const TOKENS = 1_500

/** What the middleware adds to a request of a real server. */
export const verifyServers: Scenario = {
  name: 'verify-servers',
  method: `Express, Fastify and Hono over HTTP in another process, whose CPU is measured, ${WIDTH} requests in flight: a path without a guard, and one that verifies the same token each time, or one of ${TOKENS} in turn.`,
  async run({ checkouts, pace }) {
    const { tokens, tenantId, jwk } = await signTokens(TOKENS)
    const [token] = tokens
    const dispatcher = new Agent({ connections: WIDTH })
    const figures: Figure[] = []
    const measured: Measurement[] = []
    for (const { label, root } of checkouts) {
      const args = ['--root', root, '--tenant', tenantId, '--jwk', JSON.stringify(jwk)]
      await using child = await startChild<VerifyServers>('./verify-process.ts', args)
      const get = async (url: string, authorization: string): Promise<void> => {
        const { statusCode, body } = await request(url, { dispatcher, headers: { authorization } })
        await body.dump()
        if (statusCode !== 200) throw new Error(`The bench's own server answered ${statusCode}.`)
      }
      for (const [name, origin] of Object.entries(child.ready)) {
        const closed = `${origin}/protected`
        const ways = {
          open: () => get(`${origin}/open`, `Bearer ${token}`),
          cached: () => get(closed, `Bearer ${token}`),
          uncached: inTurn(tokens, (each) => get(closed, `Bearer ${each}`)),
        }
        const subjects = Object.entries(ways).map(([way, call]) => ({
          name: `${name}: ${way}${label}`,
          least: WIDTH,
          run: inFlight(WIDTH, call),
          cpuUs: child.cpuUs,
        }))
        const results = await measure(subjects, pace)
        figures.push(...addedBy(results, name, label))
        measured.push(...results)
      }
    }
    await dispatcher.close()
    return [{ title: 'Verification in a server', figures, measured }]
  },
}

function addedBy(
  [open, ...guarded]: readonly Measurement[],
  name: string,
  label: string,
): Figure[] {
  return guarded.flatMap((each, index) => {
    if (!open) return []
    const of = `${name}, ${index === 0 ? 'cached' : 'not cached'}${label}`
    return [figure(`added to a request of ${of}, CPU`, difference(each, open, 'cpuUs'), 'µs')]
  })
}
