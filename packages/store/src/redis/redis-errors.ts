import { ConfigError } from '@authsec/core'
import { serverCode } from './server-code.ts'

interface Failure {
  readonly message: string
  readonly hint: string
  readonly retryable?: true
}

const UNKNOWN = 'Whether it was carried out is not known'

const FAILURES = {
  late: {
    message: `The Redis server of the store did not answer in time. ${UNKNOWN}.`,
    hint: 'See why the server is slow, or raise timeoutMs of redisTokenStore.',
    retryable: true,
  },
  lost: {
    message: `The Redis server of the store cannot be reached. ${UNKNOWN}.`,
    hint: 'See whether the server runs, and whether the client names its address and port.',
    retryable: true,
  },
  busy: {
    message: 'The Redis server of the store is not ready.',
    hint: 'Try again: it is loading its data, changing its primary or running a script of somebody else.',
    retryable: true,
  },
  full: {
    message: 'The Redis server of the store is full.',
    hint: 'Raise maxmemory of the server; keep maxmemory-policy at noeviction.',
  },
  forbidden: {
    message: 'The Redis server does not let this client use the store.',
    hint: 'Give its user the commands GET, SET, DEL and EVAL on the keys that begin with the prefix.',
  },
  unwritable: {
    message: 'The Redis server of the store takes no writes.',
    hint: 'Connect to the primary, and see the log of the server.',
  },
  foreign: {
    message: 'Something else has written to a key of the store.',
    hint: 'Give redisTokenStore a prefix that nothing else on this server uses.',
  },
  strange: {
    message: 'The client of Redis gave an answer that the command does not have.',
    hint: 'Give the store a client of its own, in no transaction and with no subscriptions.',
  },
  other: {
    message: 'The Redis server or its client failed.',
    hint: 'See `systemCode` and `cause`, and the log of the server.',
  },
} as const satisfies Readonly<Record<string, Failure>>

type Kind = keyof typeof FAILURES

/** First words of the server's errors, and codes of the system. */
const KINDS: Readonly<Partial<Record<Kind, readonly string[]>>> = {
  late: ['ETIMEDOUT', 'ESOCKETTIMEDOUT'],
  lost: [
    ...['ECONNREFUSED', 'ECONNRESET', 'ECONNABORTED', 'ENOTFOUND', 'EAI_AGAIN', 'EPIPE', 'ENOENT'],
    ...['ENETUNREACH', 'EHOSTUNREACH', 'EHOSTDOWN', 'ENOTCONN'],
  ],
  busy: ['LOADING', 'BUSY', 'TRYAGAIN', 'CLUSTERDOWN', 'MASTERDOWN', 'UNBLOCKED'],
  full: ['OOM'],
  forbidden: ['NOAUTH', 'NOPERM', 'WRONGPASS', 'DENIED'],
  unwritable: ['READONLY', 'MISCONF', 'NOREPLICAS'],
  foreign: ['WRONGTYPE'],
}

/** Errors of the clients that have no code, by their names and by how their messages begin. */
const WORDS: readonly (readonly [Kind, RegExp])[] = [
  [
    'late',
    /^(?:\w*TimeoutError|CommandTimeout\w*Error)$|^(?:Command timed out|Connection timeout)/,
  ],
  [
    'lost',
    /^(?:SocketClosedUnexpectedly|Client(?:Closed|Offline)|DisconnectsClient|MaxRetriesPerRequest|RootNodesUnavailable|ClusterAllFailed|ReconnectStrategy|Closing|Connection)Error$/,
  ],
  [
    'lost',
    /^(?:Connection is closed|Stream isn't writeable|Socket closed|The client is (?:closed|offline)|Disconnects client|All the root nodes|The queue is full)/,
  ],
]

/** What a failing server or client becomes: a cause and a remedy, without a key, a value or a command. */
export function redisError(error: unknown): ConfigError {
  if (ConfigError.isInstance(error)) return error
  const code = codeOf(error)
  return failure(kindOf(error, code), namedCause(error, code))
}

/** For an answer that none of our commands has. */
export function strangeAnswer(): ConfigError {
  return failure('strange')
}

export function lateAnswer(): ConfigError {
  return failure('late', namedCause(new Error(), 'ETIMEDOUT'))
}

function failure(kind: Kind, cause?: Error): ConfigError {
  const { message, hint, retryable }: Failure = FAILURES[kind]
  return new ConfigError({ code: 'store_unusable', message, hint, retryable, cause })
}

function kindOf(error: unknown, code: string | undefined): Kind {
  const kinds = Object.entries(KINDS) as [Kind, readonly string[]][]
  const known = kinds.find(([, codes]) => code !== undefined && codes.includes(code))
  if (known) return known[0]
  const words = error instanceof Error ? [nameOf(error), error.message] : []
  return WORDS.find(([, pattern]) => words.some((text) => pattern.test(text)))?.[0] ?? 'other'
}

/** The code of the system, or that of the server, such as `OOM`. */
function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  if ('code' in error && typeof error.code === 'string') return error.code
  return serverCode(error.message)
}

/** Errors of the clients carry the command with its arguments; what goes on are a name and a code. */
function namedCause(error: unknown, code: string | undefined): Error {
  const name = error instanceof Error ? nameOf(error) : 'Error'
  return Object.assign(new Error(), { name }, code !== undefined && { code })
}

/** Errors of node-redis have no name of their own, but their classes have. */
function nameOf(error: Error): string {
  return error.name === 'Error' ? error.constructor.name : error.name
}
