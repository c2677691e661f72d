import { invalidOption } from '@authsec/core/adapter'

/** ioredis and iovalkey, for one server or a cluster. */
export interface CallClient {
  call(command: string, ...args: string[]): Promise<unknown>
}

/** node-redis: `createClient`, `createClientPool`. */
export interface SendCommandClient {
  sendCommand(args: string[], options?: { readonly timeout?: number }): Promise<unknown>
}

/** node-redis: `createCluster`. */
export interface ClusterClient {
  sendCommand(
    firstKey: string | undefined,
    isReadonly: boolean | undefined,
    args: string[],
  ): Promise<unknown>
  getSlotRandomNode(slot: number): unknown
}

/** node-redis: `createSentinel`. */
export interface SentinelClient {
  sendCommand(isReadonly: boolean | undefined, args: string[]): Promise<unknown>
  getMasterNode(): unknown
}

/** Valkey GLIDE, for one server or a cluster. */
export interface CustomCommandClient {
  customCommand(args: string[]): Promise<unknown>
}

export type RedisClient =
  | CallClient
  | SendCommandClient
  | ClusterClient
  | SentinelClient
  | CustomCommandClient

/** Sends a command as it is written, and gives the answer as the client decodes it. */
export type RedisCommand = (key: string, args: readonly string[]) => Promise<unknown>

const DROPPED_AFTER_MS = 50

const SUPPORTED =
  'Give it a client of redis, ioredis, iovalkey or @valkey/valkey-glide, already created.'

/**
 * Commands of a client. They are raw, because the named methods of the clients differ, and one ignores the options of
 * another in silence: `set(key, value, 'PX', 5000, 'NX')` of node-redis overwrites, for ever.
 *
 * @param timeoutMs - How long the answer is waited for.
 */
export function commandsOf(client: RedisClient, timeoutMs: number): RedisCommand {
  refuseUnusable(client)
  // First: ioredis has a `sendCommand` too, with other arguments.
  if ('call' in client) return async (_key, args) => client.call(...split(args))
  if ('customCommand' in client) return async (_key, args) => client.customCommand([...args])
  // Never read from a replica: it may not know yet what was set, or who has a claim.
  if ('getSlotRandomNode' in client) {
    return async (key, args) => client.sendCommand(key, false, [...args])
  }
  if ('getMasterNode' in client) return async (_key, args) => client.sendCommand(false, [...args])
  // So that what is not sent yet is not carried out much later. Our own limit comes first.
  const timeout = timeoutMs + DROPPED_AFTER_MS
  return async (_key, args) => client.sendCommand([...args], { timeout })
}

function split([command = '', ...rest]: readonly string[]): [string, ...string[]] {
  return [command, ...rest]
}

function refuseUnusable(client: RedisClient): void {
  const has = (name: string): boolean => typeof member(client, name) === 'function'
  if (!has('call') && !has('sendCommand') && !has('customCommand')) {
    throw invalidOption('client', 'is no client of Redis that this store knows', SUPPORTED)
  }
  if (member(client, 'isPipeline') === true) {
    throw invalidOption('client', 'is a pipeline, which answers later', SUPPORTED)
  }
  refuseClosed(client)
  if (!has('call') && has('listenerCount') && countOf(client) === 0) {
    throw invalidOption(
      'client',
      'has no listener of errors, so the loss of its connection would end this process',
      "Add one before: client.on('error', (error) => console.error(error.message)).",
    )
  }
}

function refuseClosed(client: RedisClient): void {
  // ioredis connects by itself, at the latest for the first command; `end` is what it never leaves.
  if (member(client, 'isOpen') === false) {
    throw invalidOption('client', 'is not connected', 'Call `await client.connect()` before.')
  }
  if (member(client, 'status') === 'end' || member(client, 'isClosed') === true) {
    throw invalidOption('client', 'is closed', 'Create a client for the store, and keep it open.')
  }
}

function countOf(client: object): unknown {
  const count: unknown = member(client, 'listenerCount')
  return typeof count === 'function' ? Reflect.apply(count, client, ['error']) : undefined
}

function member(client: unknown, name: string): unknown {
  return typeof client === 'object' && client !== null ? Reflect.get(client, name) : undefined
}
