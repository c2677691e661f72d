import { randomUUID } from 'node:crypto'
import { describeStore, lacksRedis, type RedisServer, startRedis } from '@authsec-internal/test-kit'
import { afterAll, beforeAll, describe } from 'vitest'
import { redisTokenStore } from '../src/index.ts'
import {
  type Connect,
  type Connected,
  clients,
  clusterClients,
  pools,
} from './support/redis-clients.ts'

/** What every store does, by each client, on one server. */
function describeClients(
  kinds: Readonly<Record<string, Connect>>,
  startServer: () => Promise<RedisServer>,
): void {
  let server: RedisServer
  beforeAll(async () => {
    server = await startServer()
  })
  afterAll(() => server[Symbol.asyncDispose]())

  for (const [what, connect] of Object.entries(kinds)) {
    describe(what, () => {
      let connected: Connected
      beforeAll(async () => {
        connected = await connect(server.port)
      })
      afterAll(() => connected[Symbol.asyncDispose]())
      describeStore({
        what: `Redis, by ${what}`,
        realTime: true,
        withStore: (use) => use(redisTokenStore(connected.client, { prefix: `${randomUUID()}:` })),
      })
    })
  }
}

describe.skipIf(lacksRedis())('clients of one server', () => {
  describeClients({ ...clients, ...pools }, () => startRedis())
})

describe.skipIf(lacksRedis())('clients of a cluster', () => {
  describeClients(clusterClients, async () => {
    const server = await startRedis(
      '--cluster-enabled',
      'yes',
      '--cluster-announce-ip',
      '127.0.0.1',
    )
    await using connected = await clients.ioredis(server.port)
    await connected.send('CLUSTER', 'ADDSLOTSRANGE', '0', '16383')
    for (;;) {
      if (String(await connected.send('CLUSTER', 'INFO')).includes('cluster_state:ok'))
        return server
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  })
})
