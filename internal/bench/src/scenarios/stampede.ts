import { createEmulator } from '@authsec/emulator'
import { OAuth2Client } from 'google-auth-library'
import { figure, median } from '../measuring/figures.ts'
import type { Scenario } from '../scenario.ts'
import type { Checkout } from '../world/checkouts.ts'
import { emulatorClient } from '../world/clients.ts'

const CALLERS = 10_000

/** How many requests a crowd of callers makes that need the first token at once. */
export const stampede: Scenario = {
  name: 'stampede',
  method: `${CALLERS} callers ask a new client for its first token at once. Requests are counted at the emulator; google-auth-library gets its token from a \`refreshHandler\`, which is counted in the same way.`,
  async run({ checkouts, pace }) {
    const figures = []
    for (const { label, core } of checkouts) {
      const runs = []
      for (let round = 0; round < pace.rounds; round++) runs.push(await crowd(core))
      const requests = Math.max(...runs.map((run) => run.requests))
      const goal = label === '' ? ('requests of a stampede' as const) : undefined
      figures.push(figure(`${CALLERS} callers${label}`, requests, 'requests', goal))
      const times = runs.map(({ us }) => us / CALLERS)
      figures.push(figure(`time per caller${label}`, median(times), 'µs'))
    }
    const requests = await crowdOfGoogle()
    figures.push(figure(`${CALLERS} callers of google-auth-library`, requests, 'requests'))
    return [{ title: 'A stampede', figures, measured: [] }]
  },
}

async function crowd(core: Checkout['core']): Promise<{ requests: number; us: number }> {
  const emulator = createEmulator({ rateLimit: false })
  await using client = emulatorClient(core, emulator)
  const before = performance.now()
  await Promise.all(Array.from({ length: CALLERS }, () => client.getDelegationToken()))
  return { requests: emulator.requests.length, us: (performance.now() - before) * 1_000 }
}

async function crowdOfGoogle(): Promise<number> {
  let requests = 0
  const client = new OAuth2Client()
  client.refreshHandler = async () => {
    requests += 1
    return { access_token: 'a', expiry_date: Date.now() + 3_600_000 }
  }
  await Promise.all(Array.from({ length: CALLERS }, () => client.getAccessToken()))
  return requests
}
