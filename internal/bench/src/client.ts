import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { AuthSecClient, AuthSecClientOptions } from '@authsec/core'
import { startEmulator } from '@authsec/emulator'
import { Agent, request } from 'undici'
import type { Checkout } from './checkouts.ts'
import { compare, measure, type Subject } from './measure.ts'

const WIDTH = 64
const record = (_: unknown, id: number): object => ({ id, title: `Record ${id}`, ok: true })
const body = JSON.stringify({ records: Array.from({ length: 20 }, record) })

/** What a guarded call costs beside undici and the global fetch, and what a cached token costs. */
export async function benchClient(checkouts: readonly Checkout[]): Promise<void> {
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(body)
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const emulator = await startEmulator({ rateLimit: false })
  const options = {
    baseUrl: emulator.baseUrl,
    clientId: emulator.clientId,
    resources: [{ name: 'api', baseUrl }],
  }
  const clients = checkouts.map(({ label, core }) => {
    return { label, client: unlimitedClient(core, options) }
  })
  const value = (await clients[0]?.client.getDelegationToken())?.value
  const dispatcher = new Agent({ connections: WIDTH })
  const headers = { authorization: `Bearer ${value}` }
  const url = `${baseUrl}/x`

  const calls = await measure(
    `Calls, ${body.length} bytes of JSON, ${WIDTH} at a time:`,
    [
      {
        name: 'undici.request',
        run: wide(async () =>
          JSON.parse(await (await request(url, { headers, dispatcher })).body.text()),
        ),
      },
      { name: 'global fetch', run: wide(async () => (await fetch(url, { headers })).json()) },
      ...clients.map(({ label, client }) => ({
        name: `secureFetch${label}`,
        run: wide(() => client.secureFetch({ endpoint: 'x' })),
      })),
    ],
    { rounds: 11, count: 3_000 },
  )
  const [bare, global, ours, other] = calls
  // The server runs in this process too, so its share of the CPU dilutes these ratios.
  compare(calls.slice(2), bare)
  compare(calls.slice(2), global)
  if (ours) compare([ours], other)

  const tokens = await measure(
    'A cached token:',
    clients.map(({ label, client }) => ({
      name: `getDelegationToken${label}`,
      async run(count) {
        for (let index = 0; index < count; index++) await client.getDelegationToken()
      },
    })),
    { rounds: 11, count: 200_000 },
  )
  compare(tokens.slice(0, 1), tokens[1])
  for (const { client } of clients) await client.close()
  await dispatcher.close()
  await emulator.close()
  server.close()
}

/** An older checkout has no limit for the whole client, and refuses the option that lifts it. */
function unlimitedClient(core: Checkout['core'], options: AuthSecClientOptions): AuthSecClient {
  const budget = { callsPerWindow: Number.POSITIVE_INFINITY }
  try {
    return core.createAuthSecClient({ ...options, budget })
  } catch {
    return core.createAuthSecClient(options)
  }
}

/** Makes `WIDTH` calls at a time, as a busy server does. */
function wide(call: () => Promise<unknown>): Subject['run'] {
  return async (count) => {
    let left = count
    const worker = async (): Promise<void> => {
      while (left > 0) {
        left -= 1
        await call()
      }
    }
    await Promise.all(Array.from({ length: WIDTH }, worker))
  }
}
