import { assembleEmulator, type EmulatorHandler } from './emulator.ts'
import type { EmulatorOptions } from './options.ts'
import { serve } from './server/node-server.ts'

export interface StartEmulatorOptions extends EmulatorOptions {
  /** Port on 127.0.0.1. Default: any free one. */
  port?: number
}

export interface Emulator extends AsyncDisposable, Omit<EmulatorHandler, 'fetch'> {
  /** For AUTHSEC_BASE_URL. */
  readonly baseUrl: string
  /** The protected secure-vault API, ending in `/`. */
  readonly vaultUrl: string
  close(): Promise<void>
}

/** Starts an emulator on 127.0.0.1, with real HTTP. Rejects when the port is taken. */
export async function startEmulator(options: StartEmulatorOptions = {}): Promise<Emulator> {
  const { port = 0, ...rest } = options
  const { handle, ...emulator } = assembleEmulator(rest)
  const server = await serve(handle, port)
  const baseUrl = `http://127.0.0.1:${server.port}`
  return {
    ...emulator,
    baseUrl,
    vaultUrl: `${baseUrl}/secure-vault/`,
    close: server.close,
    [Symbol.asyncDispose]: server.close,
  }
}
