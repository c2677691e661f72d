import { figure, median } from '../measuring/figures.ts'
import type { Scenario } from '../scenario.ts'
import { agentClients } from '../world/agents.ts'
import type { Checkout } from '../world/checkouts.ts'
import { memoryInUse } from '../world/memory.ts'

const CLIENTS = 5_000
const ROUNDS = 2

/** What a client keeps, for servers that have one for each agent. */
export const clientMemory: Scenario = {
  name: 'client-memory',
  method: `Memory of V8 and of its buffers after garbage collection, ${CLIENTS} agents of one process and one resource, from a pool where there is one: as created, after each has a token, and after each made a call. The characters of the tokens are not counted. AuthSec and the API answer from memory and keep nothing.`,
  async run({ checkouts }) {
    const figures = []
    for (const { label, core } of checkouts) {
      const { created, token, call } = await memoryOfClient(core)
      figures.push(figure(`a client as created${label}`, created, 'KiB'))
      figures.push(
        figure(
          `a client with a token${label}`,
          token,
          'KiB',
          label === '' ? 'client, memory' : undefined,
        ),
      )
      figures.push(figure(`a client with a token, after a call${label}`, call, 'KiB'))
    }
    return [{ title: 'Memory of a client', figures, measured: [] }]
  },
}

interface ClientMemory {
  readonly created: number
  readonly token: number
  readonly call: number
}

/** In KiB, per client. */
export async function memoryOfClient(
  core: Checkout['core'],
  repeat = ROUNDS,
): Promise<ClientMemory> {
  const rounds: ClientMemory[] = []
  for (let round = 0; round <= repeat; round++) rounds.push(await oneRound(core))
  // The first round fills caches of V8.
  const counted = rounds.slice(1)
  const middle = (name: keyof ClientMemory): number =>
    median(counted.map((each) => each[name])) / CLIENTS / 1_024
  return { created: middle('created'), token: middle('token'), call: middle('call') }
}

async function oneRound(core: Checkout['core']): Promise<ClientMemory> {
  const next = agentClients(core)
  // What the first client of a process or a pool makes for all of them.
  await next().secureFetch({ endpoint: 'x' })
  const before = await memoryInUse()
  const clients = Array.from({ length: CLIENTS }, next)
  const created = (await memoryInUse()) - before
  let characters = 0
  for (const client of clients) characters += (await client.getDelegationToken()).value.length
  const token = (await memoryInUse()) - before - characters
  for (const client of clients) await client.secureFetch({ endpoint: 'x' })
  const call = (await memoryInUse()) - before - characters
  for (const client of clients) await client.close()
  return { created, token, call }
}
