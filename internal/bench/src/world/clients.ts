import { randomUUID } from 'node:crypto'
import type { AuthSecClient, AuthSecClientOptions, FetchLike } from '@authsec/core'
import { createEmulator, type EmulatorHandler } from '@authsec/emulator'
import type { Checkout } from './checkouts.ts'

/** The API of clients without sockets. */
export const API_URL = 'https://api.test/'

const NO_LIMIT = Number.POSITIVE_INFINITY
const budget = {
  callsPerRun: NO_LIMIT,
  bytesPerRun: NO_LIMIT,
  concurrentCalls: NO_LIMIT,
  callsPerWindow: NO_LIMIT,
  bytesPerWindow: NO_LIMIT,
  concurrentCallsPerClient: NO_LIMIT,
}

/** A client that no budget stops. An older checkout has fewer limits, and refuses options that it does not know. */
export function unlimitedClient(
  { createAuthSecClient }: Checkout['core'],
  options: AuthSecClientOptions,
): AuthSecClient {
  const rateLimit = { requestsPerMinute: 100_000 }
  const withoutRate = [{ budget }, { budget: { callsPerWindow: NO_LIMIT } }]
  for (const lifted of [{ budget, rateLimit }, ...withoutRate]) {
    try {
      return createAuthSecClient({ ...options, ...lifted })
    } catch {
      // Then with fewer options; a mistake in the others is thrown below.
    }
  }
  return createAuthSecClient(options)
}

/** The client of an emulator without a socket. */
export function emulatorClient(
  core: Checkout['core'],
  emulator: EmulatorHandler,
  options: Partial<AuthSecClientOptions> = {},
): AuthSecClient {
  return unlimitedClient(core, { ...emulatorOptions(emulator), ...options })
}

/** The same, with an API `api` that answers with `body` at once. */
export function socketlessClient(core: Checkout['core'], body: string): AuthSecClient {
  return unlimitedClient(core, socketlessOptions(body))
}

/** The options of such a client. */
export function socketlessOptions(body: string): AuthSecClientOptions {
  const emulator = createEmulator({ rateLimit: false })
  const { fetch: toEmulator, ...options } = emulatorOptions(emulator)
  const headers = { 'content-type': 'application/json' }
  return {
    ...options,
    resources: [{ name: 'api', baseUrl: API_URL }],
    fetch: async (input, init) =>
      String(input).startsWith(API_URL) ? new Response(body, { headers }) : toEmulator(input, init),
  }
}

function emulatorOptions(emulator: EmulatorHandler): AuthSecClientOptions & { fetch: FetchLike } {
  return {
    // A host of its own, because the clients of one server share some limits.
    baseUrl: `https://${randomUUID()}.authsec.test`,
    clientId: emulator.clientId,
    fetch: (input, init) => emulator.fetch(new Request(input, init)),
  }
}
