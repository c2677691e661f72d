import { ConfigError } from './errors.ts'
import type { Emulator } from './start-emulator.ts'

/** Where there are no sockets to listen on. */
export async function startEmulator(): Promise<Emulator> {
  throw new ConfigError({
    code: 'config_invalid',
    message: 'startEmulator cannot be used in this runtime, which has no sockets of Node.js.',
    hint: 'Use createEmulator and pass each request to its fetch, or run npx @authsec/emulator beside.',
  })
}
