import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { RedisClient } from '@authsec/store'

interface ConnectedRedis {
  readonly name: string
  readonly client: RedisClient
  /** Rejects when there is no answer in time. */
  send(command: string, ...args: string[]): Promise<unknown>
  close(): unknown
}

type Connect = (url: string, timeoutMs: number) => Promise<ConnectedRedis>

/** Connects by the client that the program of this folder has; nothing where it has none. */
export function redisOfProject(cwd: string): Connect | undefined {
  const { resolve } = createRequire(join(cwd, 'package.json'))
  for (const [name, connect] of [
    ['redis', byNodeRedis],
    ['ioredis', byIoredis],
  ] as const) {
    const path = isInstalled(name, cwd) ? tried(() => resolve(name)) : undefined
    if (path !== undefined)
      return (url, timeoutMs) => connect(pathToFileURL(path).href, url, timeoutMs)
  }
  return undefined
}

/** Where the program finds it. Package managers set NODE_PATH for their commands, which then find more. */
function isInstalled(name: string, folder: string): boolean {
  if (existsSync(join(folder, 'node_modules', name))) return true
  const parent = dirname(folder)
  return parent !== folder && isInstalled(name, parent)
}

async function byNodeRedis(
  module: string,
  url: string,
  timeoutMs: number,
): Promise<ConnectedRedis> {
  const { createClient }: typeof import('redis') = named(await import(module), 'createClient')
  // Its default tries for ever.
  const client = createClient({
    url,
    socket: { connectTimeout: timeoutMs, reconnectStrategy: false },
  })
  client.on('error', () => undefined)
  await inTime(client.connect(), timeoutMs, () => client.destroy())
  return {
    name: 'redis',
    client,
    send: (...args) => inTime(client.sendCommand(args), timeoutMs),
    close: () => client.isOpen && client.destroy(),
  }
}

async function byIoredis(module: string, url: string, timeoutMs: number): Promise<ConnectedRedis> {
  const { Redis }: typeof import('ioredis') = named(await import(module), 'Redis')
  const client = new Redis(url, {
    lazyConnect: true,
    connectTimeout: timeoutMs,
    enableReadyCheck: false,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  })
  let failure: unknown
  client.on('error', (error: Error) => {
    failure = error
  })
  const connected = client.connect().catch(() => {
    // What it rejects with is that the connection is closed, and not why.
    throw failure ?? Object.assign(new Error(), { name: 'ConnectionClosed' })
  })
  await inTime(connected, timeoutMs, () => client.disconnect())
  return {
    name: 'ioredis',
    client,
    send: (command, ...args) => inTime(client.call(command, ...args), timeoutMs),
    close: () => client.disconnect(),
  }
}

/** A client that shows its names, or has them in its default export. */
function named<Module extends object>(module: object, name: keyof Module & string): Module {
  return (name in module ? module : Reflect.get(module, 'default')) as Module
}

async function inTime<T>(work: Promise<T>, ms: number, giveUp?: () => void): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(Object.assign(new Error(), { code: 'ETIMEDOUT' })), ms)
  })
  try {
    return await Promise.race([work, late])
  } catch (error) {
    giveUp?.()
    throw error
  } finally {
    clearTimeout(timer)
  }
}

function tried<T>(work: () => T): T | undefined {
  try {
    return work()
  } catch {
    return undefined
  }
}
