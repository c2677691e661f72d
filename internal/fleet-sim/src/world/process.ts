import { hash } from 'node:crypto'
import { createMemoryStore } from '@authsec/core/store'
import type { AuthSecClientOptions } from '../../../../packages/core/src/config/client-options.ts'
import {
  agentConfig,
  type ClientConfig,
  createConfig,
} from '../../../../packages/core/src/config/config.ts'
import type { Emit } from '../../../../packages/core/src/events.ts'
import type { Transport } from '../../../../packages/core/src/http/transport.ts'
import { createAuthSecServer } from '../../../../packages/core/src/limiter/authsec-server.ts'
import { limiterOf, nameLimit } from '../../../../packages/core/src/limiter/limiters.ts'
import { createSharedTokens } from '../../../../packages/core/src/sharing/shared-tokens.ts'
import { createDelegationApi } from '../../../../packages/core/src/token/delegation-api.ts'
import { TokenCell } from '../../../../packages/core/src/token/token-cell.ts'
import {
  openTokenSource,
  type TokenSource,
} from '../../../../packages/core/src/token/token-cells.ts'
import { tokenConfigOf } from '../../../../packages/core/src/token/token-config.ts'
import type { Setup } from '../setup.ts'
import { clientIdOf } from './server.ts'
import type { VirtualTime } from './virtual-time.ts'

type Store = NonNullable<AuthSecClientOptions['store']>

/** One agent's token in one process. */
export interface Held {
  readonly cell: TokenCell
  readonly source: TokenSource
}

/** A process that has just started: its memory is empty. */
export class AgentProcess {
  readonly #shared: ClientConfig
  readonly #transport: Transport
  readonly #store: Store | undefined
  readonly #opened: TokenSource[] = []

  constructor(
    { requestsPerMinute, queueMs }: Pick<Setup, 'requestsPerMinute' | 'queueMs'>,
    {
      time,
      baseUrl,
      transport,
      store,
    }: {
      readonly time: VirtualTime
      readonly baseUrl: string
      readonly transport: Transport
      readonly store: Store | undefined
    },
  ) {
    const rateLimit = { requestsPerMinute, queueMs }
    const shared = store && { store, tokenKeys: [{ kid: 'fleet', key: KEY }] }
    const clientId = clientIdOf(0)
    const options = { baseUrl, clientId, rateLimit, clock: time.clock(), proxy: false as const }
    this.#shared = createConfig({ ...options, ...shared }, {})
    this.#transport = transport
    this.#store = store
    nameLimit(limiterOf(this.#shared.authSecUrl, this.#shared.clock), requestsPerMinute, this)
  }

  /** As a client does, without the parts that have nothing to do with tokens. */
  open(agent: number, emit: Emit): Held {
    const config = agentConfig(this.#shared, clientIdOf(agent))
    const ofToken = tokenConfigOf(config)
    const { clock, authSecUrl, rateLimit } = config
    const limiter = limiterOf(authSecUrl, clock)
    const { queueMs } = rateLimit
    const parts = { limiter, transport: this.#transport, clock, queueMs }
    const server = createAuthSecServer(parts, config.clientId)
    const cell = new TokenCell(createDelegationApi(ofToken, server), ofToken, createSharedTokens)
    const means = { store: this.#store }
    const source = openTokenSource({ config, means, mode: 'live' }, () => cell, { emit, config })
    this.#opened.push(source)
    return { cell, source }
  }

  close(): void {
    for (const source of this.#opened) source.close()
  }
}

/** Any 32 bytes that look random. */
export const KEY = Uint8Array.from(hash('sha256', 'a key of the simulation', 'buffer'))

/** A store that all processes reach within one to three milliseconds. */
export function remoteStore(time: VirtualTime, random: () => number): Store {
  const store = createMemoryStore({ clock: time.clock(), maxEntries: 10_000_000 })
  const way = (): Promise<void> => time.delay(0.5 + random())
  const over = async <T>(work: () => Promise<T>): Promise<T> => {
    await way()
    const result = await work()
    await way()
    return result
  }
  return {
    get: (key) => over(() => store.get(key)),
    set: (key, value, ttlMs) => over(() => store.set(key, value, ttlMs)),
    delete: (key) => over(() => store.delete(key)),
    claim: (id, ttlMs) => over(() => store.claim(id, ttlMs)),
    lease: (key, ttlMs) => over(() => store.lease(key, ttlMs)),
  }
}
