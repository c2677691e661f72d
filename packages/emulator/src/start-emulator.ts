import { assembleEmulator, type EmulatorHandler } from './emulator.ts'
import { type EmulatorOptions, emulatorChecks } from './options.ts'
import { serve } from './server/node-server.ts'
import { checkOptions, type OptionCheck } from './support/option-checks.ts'
import { optional, wholeNumber } from './support/option-values.ts'

export interface StartEmulatorOptions extends EmulatorOptions {
  /** Port on 127.0.0.1, from 0 to 65 535. Default: 0, which takes any free port. */
  port?: number
}

export const port: OptionCheck = wholeNumber(0, 65_535)

export interface Emulator extends AsyncDisposable, Omit<EmulatorHandler, 'fetch'> {
  /** For AUTHSEC_BASE_URL. */
  readonly baseUrl: string
  /** The protected secure-vault API, ending in `/`. */
  readonly vaultUrl: string
  close(): Promise<void>
}

/** Starts an emulator on 127.0.0.1, with real HTTP. Rejects when the port is taken. */
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
