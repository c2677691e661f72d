import { Buffer } from '#runtime/platform/bytes'
import { hash } from '#runtime/platform/hashing'
import type { AuthSecClientOptions } from '../config/client-options.ts'
import type { ClientConfig } from '../config/config.ts'
import { ConfigError } from '../errors.ts'
import type { Emit, Mode } from '../events.ts'
import { numberOf } from '../identity/object-number.ts'
import { createRegistry } from '../platform/garbage.ts'
import { isOfAnotherRequest, isRequestBound } from '../platform/request-bound.ts'
import { delegationError } from './delegation-errors.ts'
import type { DelegationToken } from './delegation-token.ts'
import type { TokenCell } from './token-cell.ts'
import type { GetTokenOptions } from './token-request.ts'

/** A cell, and how many clients have it. */
interface SharedCell {
  readonly key: string
  readonly cell: TokenCell
  clients: number
}

/** By what a client asks, beside its configuration: the same objects, or others. */
export type Means = Pick<AuthSecClientOptions, 'fetch' | 'dispatcher' | 'store'>

/** What tells tokens, and the ways to them, apart. */
interface CellKeyParts {
  readonly config: ClientConfig
  readonly means: Means
  readonly mode: Mode
}

/** The client that is told of the requests that its calls begin. */
interface Observer {
  readonly emit: Emit
  readonly config: Pick<ClientConfig, 'instrumentation'>
}

const cells = new Map<string, SharedCell>()

/**
 * A client's way to the token of its agent. All clients of this process share one cell that would ask for the same
 * token in the same way: one of them refreshes for all. The cell ends with the last client that is closed; one that
 * is collected as garbage does not keep it. Where requests share no work, each client has a cell of its own.
 */
export function openTokenSource(
  parts: CellKeyParts,
  create: () => TokenCell,
  observer: Observer,
): TokenSource {
  const key = cellKey(parts)
  const isAlone = isRequestBound()
  const known = isAlone ? undefined : cells.get(key)
  const shared = known ?? { key, cell: create(), clients: 0 }
  if (!isAlone) cells.set(key, shared)
  shared.clients += 1
  const source = new TokenSource(shared, observer)
  // What is kept for the time after is not a closure: it would keep the client.
  garbage ??= createRegistry(forgetClient)
  garbage?.register(source, shared, source)
  return source
}

let garbage: FinalizationRegistry<SharedCell> | undefined

/** The last one ends the cell. A client is no garbage as long as one of its calls waits. */
function forgetClient(shared: SharedCell): void {
  shared.clients -= 1
  if (shared.clients > 0) return
  if (cells.get(shared.key) === shared) cells.delete(shared.key)
  shared.cell.close()
}

/** One client's handle on a cell. */
export class TokenSource {
  /** A closed client that somebody still has does not keep the token. */
  #shared: SharedCell | undefined
  readonly #observer: Observer
  /** Ends this client's waits. There is one while calls wait. */
  #closing: AbortController | undefined
  #waiting = 0

  constructor(shared: SharedCell, observer: Observer) {
    this.#shared = shared
    this.#observer = observer
  }

  async get(options: GetTokenOptions = {}): Promise<DelegationToken> {
    options.signal?.throwIfAborted()
    const cell = this.#shared?.cell
    if (!cell) throw delegationError('client_closed')
    return cell.fresh(options) ?? this.#wait(cell, options).catch(throwUnderstood)
  }

  /** Ends this client's waits; later calls throw `client_closed`. The last client of a token ends its request too. */
  close(): void {
    const shared = this.#shared
    if (!shared) return
    this.#shared = undefined
    this.#closing?.abort(delegationError('client_closed'))
    garbage?.unregister(this)
    forgetClient(shared)
  }

  /** `this` is kept as long as somebody waits: a cell must not end with the garbage of a pending call. */
  async #wait(cell: TokenCell, options: GetTokenOptions): Promise<DelegationToken> {
    this.#waiting += 1
    this.#closing ??= new AbortController()
    const closing = this.#closing.signal
    const { emit, config } = this.#observer
    const { instrumentation } = config
    try {
      return await cell.get(options, { emit, instrumentation, signal: options.signal, closing })
    } finally {
      this.#waiting -= 1
      if (this.#waiting === 0) this.#closing = undefined
      closing.throwIfAborted()
    }
  }
}

/** What waits in a client for all requests ends with the request that began it. */
function throwUnderstood(error: unknown): never {
  if (!isOfAnotherRequest(error)) throw error
  throw new ConfigError({
    code: 'config_invalid',
    message: 'This client waits for what another request began, which this runtime does not allow.',
    hint: 'Make the client inside of the handler, one for each request. With a `store` and `tokenKeys` they share the token.',
  })
}

/**
 * Everything that makes a token, or the way to it, another one. A hash keeps it short, and no secret is a key of a map
 * that outlives a client.
 */
function cellKey({ config, means, mode }: CellKeyParts): string {
  const { authSecUrl, clientId, apiToken, tenantId, clientIdIn, timeoutMs, clock } = config
  const { refreshMarginSeconds, maxTokenLifetimeSeconds, proxy, rateLimit, tokenKeys } = config
  const values = [
    ...[mode, authSecUrl.href, clientId, apiToken, tenantId, clientIdIn],
    ...[timeoutMs, rateLimit.queueMs, refreshMarginSeconds, maxTokenLifetimeSeconds],
    // Whatever else changes how a token is got belongs here: values as they are, objects by their number below.
    ...[proxy.unusedVariable, proxy.rules?.url.href, proxy.rules?.authorization],
    proxy.rules?.exceptions,
    tokenKeys?.map(({ kid, bytes }) => [kid, Buffer.from(bytes).toString('base64')]),
    ...[clock, means.fetch, means.dispatcher, means.store].map(numberOf),
  ]
  return hash('sha256', JSON.stringify(values.map((value) => value ?? null)), 'base64url')
}
