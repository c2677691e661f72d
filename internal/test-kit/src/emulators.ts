import { randomUUID } from 'node:crypto'
import {
  type AuthSecClient,
  type AuthSecClientOptions,
  combineObservers,
  createAuthSecClient,
  type FetchLike,
} from '@authsec/core'
import {
  createEmulator,
  type Emulator,
  type EmulatorHandler,
  type EmulatorOptions,
  type StartEmulatorOptions,
  startEmulator,
} from '@authsec/emulator'
import { inFlight } from './in-flight.ts'
import { rememberEmulator } from './known-emulators.ts'
import { watch } from './leak-watch.ts'

/** An emulator with real HTTP, watched for leaks, without the rate limit unless asked for. */
export async function testEmulator(options: StartEmulatorOptions = {}): Promise<Emulator> {
  const emulator = await startEmulator({ rateLimit: false, ...options })
  rememberEmulator(emulator)
  return emulator
}

/** The same without a socket. */
export function inProcessEmulator(options: EmulatorOptions = {}): EmulatorHandler {
  const emulator = createEmulator({ rateLimit: false, ...options })
  rememberEmulator(emulator)
  return emulator
}

/** A live client of an emulator without a socket; with the fake clock, no time passes by itself. */
export function inProcessClient(
  emulator: EmulatorHandler,
  options: Partial<AuthSecClientOptions> = {},
): AuthSecClient {
  const vaultUrl = 'https://emulator.test/secure-vault/'
  const fetch: FetchLike = (input, init) => inFlight(emulator.fetch(new Request(input, init)))
  return testClient(
    { baseUrl: addressOf(emulator), clientId: emulator.clientId, vaultUrl },
    { fetch, ...options },
  )
}

/** A host of its own, because the clients of one server share the limits of its approvers. */
function addressOf(emulator: EmulatorHandler): string {
  const address = addresses.get(emulator) ?? `https://${randomUUID()}.emulator.test`
  addresses.set(emulator, address)
  return address
}

const addresses = new WeakMap<EmulatorHandler, string>()

/** A live client of an emulator that may call its vault; its events are watched for leaks. */
export function testClient(
  emulator: Pick<Emulator, 'baseUrl' | 'clientId' | 'vaultUrl'>,
  options: Partial<AuthSecClientOptions> = {},
): AuthSecClient {
  const { onEvent, ...rest } = options
  return createAuthSecClient({
    baseUrl: emulator.baseUrl,
    clientId: emulator.clientId,
    resources: [{ name: 'vault', baseUrl: emulator.vaultUrl }],
    // As the emulators of tests have no limit, unless asked for.
    rateLimit: { requestsPerMinute: 100_000 },
    ...rest,
    onEvent: combineObservers((event) => watch(`event ${event.type}`, event), onEvent),
  })
}

/** The error a promise rejects with, watched for leaks; fails the test when it resolves. */
export async function rejection(promise: Promise<unknown>): Promise<Error> {
  const outcome = await promise.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  )
  if (!('error' in outcome)) throw new Error('The promise resolved, but should have been rejected.')
  if (!(outcome.error instanceof Error))
    throw new Error('It was rejected with a value that is not an Error.')
  watch('error', outcome.error)
  return outcome.error
}

/** The same for a function that throws. */
export function thrown(run: () => unknown): Error {
  try {
    run()
  } catch (error) {
    if (!(error instanceof Error)) throw new Error('It threw a value that is not an Error.')
    watch('error', error)
    return error
  }
  throw new Error('The function did not throw.')
}
