import type { EventEmitter } from 'node:events'
import { Cluster, Redis } from 'ioredis'
import { Redis as Valkey } from 'iovalkey'
import { createClient, createClientPool, createCluster } from 'redis'
import type { RedisClient } from '../../src/index.ts'

export interface Connected extends AsyncDisposable {
  readonly client: RedisClient
  /** For commands of the test. */
  send(...args: string[]): Promise<unknown>
}

export type Connect = (port: number) => Promise<Connected>

const host = '127.0.0.1'
const ignore = (): void => undefined

const nodeRedis: Connect = async (port) => {
  const client = createClient({ socket: { host, port } })
  client.on('error', ignore)
  await client.connect()
  return {
    client,
    send: (...args) => client.sendCommand(args),
    [Symbol.asyncDispose]: async () => client.destroy(),
  }
}

const nodeRedisPool: Connect = async (port) => {
  const client = createClientPool({ socket: { host, port } }, { minimum: 2, maximum: 4 })
  client.on('error', ignore)
  await client.connect()
  return {
    client,
    send: (...args) => client.sendCommand(args),
    [Symbol.asyncDispose]: async () => client.destroy(),
  }
}

const nodeRedisCluster: Connect = async (port) => {
  const client = createCluster({ rootNodes: [{ socket: { host, port } }] })
  client.on('error', ignore)
  await client.connect()
  return {
    client,
    send: (...args) => client.sendCommand(undefined, false, args),
    [Symbol.asyncDispose]: async () => client.destroy(),
  }
}

function callClient(client: Redis | Valkey | Cluster): Connected {
  const emitter: EventEmitter = client
  emitter.on('error', ignore)
  return {
    client,
    send: (command = '', ...args) => client.call(command, ...args),
    [Symbol.asyncDispose]: async () => client.disconnect(),
  }
}

const ioredis: Connect = async (port) => callClient(new Redis({ host, port }))
const iovalkey: Connect = async (port) => callClient(new Valkey({ host, port }))
const ioredisCluster: Connect = async (port) => callClient(new Cluster([{ host, port }]))

/** Clients of one server. */
export const clients: Readonly<Record<'node-redis' | 'ioredis' | 'iovalkey', Connect>> = {
  'node-redis': nodeRedis,
  ioredis,
  iovalkey,
}

export const pools: Readonly<Record<string, Connect>> = { 'a pool of node-redis': nodeRedisPool }

/** Clients of a cluster. */
export const clusterClients: Readonly<Record<string, Connect>> = {
  'a cluster by node-redis': nodeRedisCluster,
  'a cluster by ioredis': ioredisCluster,
}
