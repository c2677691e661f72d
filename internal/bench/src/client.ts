/** What a guarded call costs beside bare undici and global fetch, in one process and in turns; and what a warm token costs. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createAuthSecClient } from '@authsec/core'
import { startEmulator } from '@authsec/emulator'
import { Agent, request } from 'undici'
import { type Measurement, measure, median, ratio, type Subject } from './measure.ts'

const WIDTH = 64
const body = JSON.stringify({
  records: Array.from({ length: 20 }, (_, index) => ({
    id: index,
    title: `Record ${index}`,
    ok: true,
  })),
})

const server = createServer((_request, response) => {
  response.writeHead(200, { 'content-type': 'application/json' }).end(body)
})
await new Promise<void>((resolve) => {
  server.listen(0, '127.0.0.1', resolve)
})
const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
const emulator = await startEmulator({ rateLimit: false })
const client = createAuthSecClient({
  baseUrl: emulator.baseUrl,
  clientId: emulator.clientId,
  resources: [{ name: 'api', baseUrl }],
})
const { value } = await client.getDelegationToken()
const dispatcher = new Agent({ connections: WIDTH })
const headers = { authorization: `Bearer ${value}` }

/** So many at a time, as a busy server calls. */
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

function show({ name, wallUs, cpuUs }: Measurement): void {
  console.log(
    `  ${name.padEnd(24)} ${median(wallUs).toFixed(2)} µs, CPU ${median(cpuUs).toFixed(2)} µs`,
  )
}

console.log(`Node ${process.version}, ${body.length} bytes of JSON, ${WIDTH} at a time:`)
const [bare, global, ours] = await measure(
  [
    {
      name: 'undici.request',
      run: wide(async () =>
        JSON.parse(await (await request(`${baseUrl}/x`, { headers, dispatcher })).body.text()),
      ),
    },
    {
      name: 'global fetch',
      run: wide(async () => (await fetch(`${baseUrl}/x`, { headers })).json()),
    },
    { name: 'client.secureFetch', run: wide(() => client.secureFetch({ endpoint: 'x' })) },
  ],
  { rounds: 11, count: 3_000 },
)
if (!bare || !global || !ours) throw new Error('Nothing was measured.')
for (const measurement of [bare, global, ours]) show(measurement)
// The server runs in this process too, so its share of the CPU dilutes these ratios.
console.log(
  `  secureFetch / undici: ${ratio(ours.cpuUs, bare.cpuUs).toFixed(2)} × CPU, ${ratio(ours.wallUs, bare.wallUs).toFixed(2)} × time`,
)
console.log(
  `  secureFetch / fetch:  ${ratio(ours.cpuUs, global.cpuUs).toFixed(2)} × CPU, ${ratio(ours.wallUs, global.wallUs).toFixed(2)} × time`,
)

console.log('A token in hand:')
const [warm] = await measure(
  [
    {
      name: 'getDelegationToken',
      async run(count) {
        for (let index = 0; index < count; index++) await client.getDelegationToken()
      },
    },
  ],
  { rounds: 11, count: 200_000 },
)
if (warm) show(warm)
await client.close()
await dispatcher.close()
await emulator.close()
server.close()
