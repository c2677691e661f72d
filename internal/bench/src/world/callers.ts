import { Agent, request } from 'undici'
import { inFlight, type Subject } from '../measuring/measure.ts'
import type { Api } from './api-process.ts'
import type { Checkout } from './checkouts.ts'
import { startChild } from './child.ts'
import { unlimitedClient } from './clients.ts'
import { guardsAlone } from './guards-alone.ts'

/** One way of calling the API: undici, the global fetch, the guards alone, then the client of each checkout. */
export interface Caller {
  readonly name: string
  /** Calls a path below the API, as many at a time as was asked for. */
  run(path: string): Subject['run']
}

/** Starts the API, calls back with every way of calling it, and closes all of it. */
export async function withCallers<Result>(
  checkouts: readonly Checkout[],
  width: number,
  use: (callers: readonly Caller[]) => Promise<Result>,
): Promise<Result> {
  await using api = await startChild<Api>('./api-process.ts')
  const { apiUrl, baseUrl, clientId } = api.ready
  const resources = [{ name: 'api', baseUrl: apiUrl, maxResponseBytes: 8_388_608 }]
  const clients = checkouts.map(({ label, core }) => {
    return { label, client: unlimitedClient(core, { baseUrl, clientId, resources }) }
  })
  const dispatcher = new Agent({ connections: width })
  const token = await clients[0]?.client.getDelegationToken()
  const headers = { authorization: `Bearer ${token?.value}` }
  try {
    return await use([
      plain('undici', width, async (path) => {
        const { body } = await request(apiUrl + path, { headers, dispatcher })
        return JSON.parse(await body.text())
      }),
      plain('global fetch', width, async (path) => {
        return JSON.parse(await (await fetch(apiUrl + path, { headers })).text())
      }),
      plain('guards alone', width, guardsAlone({ apiUrl, clientId, token })),
      ...clients.map(({ label, client }) =>
        plain(`secureFetch${label}`, width, (endpoint) => client.secureFetch({ endpoint })),
      ),
    ])
  } finally {
    for (const { client } of clients) await client.close()
    await dispatcher.close()
  }
}

function plain(name: string, width: number, call: (path: string) => Promise<unknown>): Caller {
  return { name, run: (path) => inFlight(width, () => call(path)) }
}
