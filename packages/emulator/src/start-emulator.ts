import { assembleEmulator, type EmulatorHandler } from './emulator.ts'
import { type EmulatorOptions, emulatorChecks } from './options.ts'
import { serve } from './server/node-server.ts'
import { checkOptions, type OptionCheck } from './support/option-checks.ts'
import { optional, wholeNumber } from './support/option-values.ts'

/** The options of an emulator that listens on a port. */
export interface StartEmulatorOptions extends EmulatorOptions {
  /** Port on 127.0.0.1, from 0 to 65 535. Default: 0, which takes any free port. */
  port?: number
}

export const port: OptionCheck = wholeNumber(0, 65_535)

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
 * the server of April 2026 (contract 1 to 5). Its agent is registered and has an active delegation of
 * one hour with the permissions `metrics:read` and `records:read`.
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
  const checks = { ...emulatorChecks, port: optional(port) }
  checkOptions<StartEmulatorOptions>(options, 'the emulator options', checks)
  const { port: listeningPort = 0, ...rest } = options
  const { handle, ...emulator } = assembleEmulator(rest)
  const server = await serve(handle, listeningPort)
  const baseUrl = `http://127.0.0.1:${server.port}`
  return {
    ...emulator,
    baseUrl,
    vaultUrl: `${baseUrl}/secure-vault/`,
    close: server.close,
    [Symbol.asyncDispose]: server.close,
  }
}
