import type { ConsoleSource } from './console/console-view.ts'
import { assembleEmulator, type EmulatorHandler } from './emulator.ts'
import { type EmulatorOptions, emulatorChecks } from './options.ts'
import { type FetchHandler, serve } from './server/node-server.ts'
import { isHost } from './server/web-guard.ts'
import { checkOptions, type OptionCheck } from './support/option-checks.ts'
import { boolean, list, optional, required, wholeNumber } from './support/option-values.ts'

/** The options of an emulator that listens on a port. */
export interface StartEmulatorOptions extends EmulatorOptions {
  /** Port on 127.0.0.1, from 0 to 65 535. Default: 0, which takes any free port. */
  port?: number
  /**
   * Further values of `Host` that are accepted, such as `authsec:8080` for a container; without a port,
   * any port. Default: none. Loopback names with the port of the emulator always are.
   */
  allowedHosts?: readonly string[]
  /**
   * Whether `/` is a page where a person sees calls and delegations, and decides about approvals. It answers to
   * loopback names only. Without it, `/` is 404 as on the server. Default: false; true from the command line.
   */
  console?: boolean
}

export const port: OptionCheck = wholeNumber(0, 65_535)

export const allowedHosts: OptionCheck = list(
  required(isHost, 'a host name with or without a port'),
  'host names',
)

/** An emulator that listens on 127.0.0.1. */
export interface Emulator extends AsyncDisposable, Omit<EmulatorHandler, 'fetch'> {
  /** The root of the server, without a slash at the end: the value for AUTHSEC_BASE_URL. */
  readonly baseUrl: string
  /** The URL of the protected demo API. It ends in `/`. */
  readonly vaultUrl: string
  /** Stops listening and closes all connections. */
  close(): Promise<void>
}

/**
 * Starts an emulator that speaks HTTP on 127.0.0.1, by default on any free port. By default it imitates
 * the server of April 2026 (contract 1 to 6). Its agent is registered and has an active delegation of
 * one hour with the permissions `metrics:read` and `records:read`. It refuses web pages of other origins,
 * and a `Host` other than a loopback name with its port (403).
 *
 * Rejects with a `ConfigError` when an option is unknown or has a wrong type or range, and with Node's
 * error `EADDRINUSE` when the port is taken.
 *
 * @example
 * ```ts
 * import { startEmulator } from '@authsec/emulator'
 *
 * const emulator = await startEmulator({ permissions: ['records:read'] })
 * console.log(`AUTHSEC_BASE_URL=${emulator.baseUrl}`)
 * console.log(`AUTHSEC_AGENT_CLIENT_ID=${emulator.clientId}`)
 * emulator.control.failNext({ kind: 'status', status: 503 })
 * await emulator.close()
 * ```
 */
export async function startEmulator(options: StartEmulatorOptions = {}): Promise<Emulator> {
  const checks = {
    ...emulatorChecks,
    port: optional(port),
    allowedHosts: optional(allowedHosts),
    console: optional(boolean),
  }
  checkOptions<StartEmulatorOptions>(options, 'the emulator options', checks)
  const {
    port: listeningPort = 0,
    allowedHosts: hosts = [],
    console: hasConsole,
    ...rest
  } = options
  const { emulator, clock, handle, stop } = assembleEmulator(rest)
  const handler = hasConsole ? await withConsole(handle, { ...emulator, clock }) : handle
  const server = await serve(handler, { port: listeningPort, allowedHosts: [...hosts] })
  const close = (): Promise<void> => {
    stop()
    return server.close()
  }
  const baseUrl = `http://127.0.0.1:${server.port}`
  return {
    ...emulator,
    baseUrl,
    vaultUrl: `${baseUrl}/secure-vault/`,
    close,
    [Symbol.asyncDispose]: close,
  }
}

/** Mock mode and most tests have no console, so its code is loaded on demand. */
async function withConsole(handle: FetchHandler, source: ConsoleSource): Promise<FetchHandler> {
  const app = await import('./console/console-app.ts')
  return app.withConsole(handle, source)
}
