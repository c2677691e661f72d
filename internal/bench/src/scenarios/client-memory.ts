import { randomUUID } from 'node:crypto'
import type { AuthSecClientOptions, FetchLike } from '@authsec/core'
import { figure, median } from '../measuring/figures.ts'
import type { Scenario } from '../scenario.ts'
import type { Checkout } from '../world/checkouts.ts'
import { API_URL, socketlessOptions, unlimitedClient } from '../world/clients.ts'
import { heapInUse } from '../world/memory.ts'

const CLIENTS = 1_000
const ROUNDS = 2

/** What a client keeps, for servers that have one for each agent. */
export const clientMemory: Scenario = {
  name: 'client-memory',
  method: `Heap after garbage collection, ${CLIENTS} clients of one resource: as created, and after each has a token and made a call. AuthSec and the API answer from memory and keep nothing.`,
  async run({ checkouts }) {
    const figures = []
    for (const { label, core } of checkouts) {
      const rounds = []
      for (let round = 0; round <= ROUNDS; round++) rounds.push(await bytesPerClient(core))
      // The first round fills caches of V8.
      const counted = rounds.slice(1)
      const created = median(counted.map((each) => each.created)) / 1_024
      const used = median(counted.map((each) => each.used)) / 1_024
      figures.push(figure(`a client as created${label}`, created, 'KiB'))
      figures.push(figure(`a client with a token, after a call${label}`, used, 'KiB'))
    }
    return [{ title: 'Memory of a client', figures, measured: [] }]
  },
}

async function bytesPerClient(core: Checkout['core']): Promise<{ created: number; used: number }> {
  const shared = socketlessOptions('{}')
  const options = { ...shared, fetch: repeatingToken(shared.fetch) }
  const before = await heapInUse()
  const clients = Array.from({ length: CLIENTS }, () =>
    // A host of its own, as clients of different servers have.
    unlimitedClient(core, { ...options, baseUrl: `https://${randomUUID()}.authsec.test` }),
  )
  const created = (await heapInUse()) - before
  await Promise.all(clients.map((client) => client.secureFetch({ endpoint: 'x' })))
  const used = (await heapInUse()) - before
  for (const client of clients) await client.close()
  return { created: created / CLIENTS, used: used / CLIENTS }
}

/** Repeats the first answer of AuthSec, so that the emulator keeps no record of a thousand requests. */
function repeatingToken(fetch: AuthSecClientOptions['fetch']): FetchLike {
  if (!fetch) throw new Error('A client without sockets needs a fetch function.')
  let token: Promise<string> | undefined
  return async (input, init) => {
    if (String(input).startsWith(API_URL)) return fetch(input, init)
    token ??= fetch(input, init).then((response) => response.text())
    return new Response(await token, { headers: { 'content-type': 'application/json' } })
  }
}
