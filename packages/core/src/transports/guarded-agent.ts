import { type LookupAddress, type LookupOptions, lookup } from 'node:dns'
import { Agent, type Dispatcher } from 'undici'

/** Which addresses are never connected to. Passed in, so that only the modules that load undici are loaded lazily. */
export type IsBlocked = (address: string, protocol: string) => boolean

type Lookup = (
  hostname: string,
  options: LookupOptions,
  callback: (
    error: NodeJS.ErrnoException | null,
    address: string | LookupAddress[],
    family?: number,
  ) => void,
) => void

interface GuardedAgent {
  readonly agent: Agent
  readonly lookup: Lookup
  /** Whether the agent has been seen to look names up by the guard. */
  isGuarded: boolean
}

/** One pool for all clients and each protocol, because plain http reaches fewer addresses. */
const agents = new Map<string, GuardedAgent>()

/**
 * The agent for a URL, which connects to checked addresses only. Not every `undici` looks names up by
 * the function that it is given: Bun replaces the package by its own. Until the agent has done so, the
 * answers for the name are checked before each request; there, a name whose answers change between
 * this check and the connection is not found out.
 */
export function guardedAgent(
  { hostname, protocol }: URL,
  isBlocked: IsBlocked,
): Dispatcher | Promise<Dispatcher> {
  const guarded = agents.get(protocol) ?? createAgent(protocol, isBlocked)
  if (guarded.isGuarded || isAddress(hostname)) return guarded.agent
  return check(guarded.lookup, hostname).then(() => guarded.agent)
}

/** Its deadlines are those of the requests. Idle sockets do not keep the process alive. */
function createAgent(protocol: string, isBlocked: IsBlocked): GuardedAgent {
  const checked = guardedLookup((address) => isBlocked(address, protocol))
  const lookup: Lookup = (...args) => {
    guarded.isGuarded = true
    checked(...args)
  }
  const connect = { timeout: 5_000, lookup }
  const agent = new Agent({ connections: 64, headersTimeout: 0, bodyTimeout: 0, connect })
  const guarded: GuardedAgent = { agent, lookup: checked, isGuarded: false }
  agents.set(protocol, guarded)
  return guarded
}

/** Refuses names of which any answer is blocked, and passes on exactly the answers it checked. */
export function guardedLookup(isBlocked: (address: string) => boolean): Lookup {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, '')
      if (addresses.some(({ address }) => isBlocked(address))) return callback(blocked(), '')
      const [first] = addresses
      if (options.all || !first) return callback(null, addresses)
      callback(null, first.address, first.family)
    })
  }
}

function check(lookup: Lookup, hostname: string): Promise<void> {
  return new Promise((resolve, reject) => {
    lookup(hostname, { all: true }, (error) => (error ? reject(error) : resolve()))
  })
}

/** An address needs no look-up: it was checked when the URL was configured. The URL parser writes IPv4 in digits and IPv6 in brackets. */
function isAddress(hostname: string): boolean {
  return hostname.startsWith('[') || /^[\d.]+$/.test(hostname)
}

function blocked(): NodeJS.ErrnoException {
  return Object.assign(new Error('The address is blocked.'), { code: 'EBLOCKED' })
}
