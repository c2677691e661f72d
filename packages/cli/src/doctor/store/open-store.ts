import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import { ConfigError } from '@authsec/core'
import type { LeasingStore } from '@authsec/core/store'
import { redisTokenStore, sqliteTokenStore } from '@authsec/store'
import type { StoreInputs } from '../inputs.ts'
import { redisOfProject } from './redis-of-project.ts'

export interface OpenStore extends Disposable {
  readonly store: LeasingStore
  /** What it is, such as `Redis, by ioredis`. */
  readonly kind: string
  /** What Redis does when its memory is full; nothing for a store that has no such rule. */
  evictionPolicy?(): Promise<string | undefined>
}

/** Why there is no store, in words that hold nothing of the address. */
export interface Unopened {
  readonly problem: 'store_client_missing' | 'store_unreachable'
  readonly seen?: string | undefined
}

/** @param timeoutMs - The longest time of one step. */
export async function openStore(
  { kind, address }: StoreInputs,
  cwd: string,
  timeoutMs: number,
): Promise<OpenStore | Unopened> {
  return kind === 'sqlite' ? openFile(resolve(cwd, address)) : openRedis(address, cwd, timeoutMs)
}

function openFile(path: string): OpenStore | Unopened {
  try {
    // The doctor makes no database: an agent that has none works with another path.
    const found = statSync(path, { throwIfNoEntry: false })
    if (!found) return unreachable(`There is no file ${path}`)
    if (found.size === 0) return unreachable(`There is no database in ${path}: it is empty`)
    const store = sqliteTokenStore({ path })
    return { store, kind: 'SQLite', [Symbol.dispose]: () => store.close() }
  } catch (error) {
    if (ConfigError.isInstance(error)) return unreachable(error.message)
    if (!(error instanceof Error && 'code' in error)) throw error
    return unreachable(`The system says ${String(error.code)}`)
  }
}

async function openRedis(
  url: string,
  cwd: string,
  timeoutMs: number,
): Promise<OpenStore | Unopened> {
  const connect = redisOfProject(cwd)
  if (!connect) return { problem: 'store_client_missing' }
  try {
    const { client, send, name, close } = await connect(url, timeoutMs)
    return {
      store: redisTokenStore(client, { timeoutMs: Math.min(timeoutMs, 60_000) }),
      kind: `Redis, by ${name}`,
      evictionPolicy: async () => policyIn(await send('INFO', 'memory').catch(() => undefined)),
      [Symbol.dispose]: close,
    }
  } catch (error) {
    return unreachable(`The client of Redis says ${causeOf(error)}`)
  }
}

function unreachable(seen: string): Unopened {
  return { problem: 'store_unreachable', seen }
}

function policyIn(info: unknown): string | undefined {
  return /^maxmemory_policy:([\w-]+)/m.exec(String(info ?? ''))?.[1]
}

/** `ECONNREFUSED`, or the word that an error of the server begins with: the rest of its text may hold anything. */
function causeOf(error: unknown): string {
  const { code, message, name, cause, constructor: kind } = Object(error)
  if (code === undefined && cause !== undefined) return causeOf(cause)
  const word = /^[A-Z]{3,16}(?= )/.exec(String(message))?.[0]
  // Errors of node-redis have no name of their own, but their classes have.
  return String(code ?? word ?? (name === 'Error' ? kind.name : name))
}
