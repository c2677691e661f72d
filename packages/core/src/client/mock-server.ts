import { INSTALL_EMULATOR } from '../config/environment.ts'
import { ConfigError } from '../errors.ts'

/** What mock mode needs of an emulator; `createEmulator()` of `@authsec/emulator` gives one. */
export interface EmulatorHandle {
  readonly clientId: string
  fetch(request: Request): Promise<Response>
}

/**
 * An emulator in this process, from a package that production does without: loaded at the first
 * request, once for all who wait for it, and again after a load that failed. It throws `ConfigError`.
 * `forward` is the API on this computer that gets the verified calls in place of the demo data.
 */
export function createMockServer(
  clientId: string,
  forward: string | undefined,
): () => Promise<EmulatorHandle> {
  let server: Promise<EmulatorHandle> | undefined
  return () => {
    server ??= loadEmulator(clientId, forward).catch((error: unknown) => {
      server = undefined
      throw error
    })
    return server
  }
}

async function loadEmulator(
  clientId: string,
  forward: string | undefined,
): Promise<EmulatorHandle> {
  const { createEmulator } = await importEmulator()
  const options = { clientId, mockIssuer: true, rateLimit: false }
  return createEmulator(forward === undefined ? options : { ...options, forward })
}

async function importEmulator(): Promise<typeof import('@authsec/emulator')> {
  try {
    return await import('@authsec/emulator')
  } catch (cause) {
    throw new ConfigError({
      code: 'emulator_missing',
      message: 'Mock mode needs the package @authsec/emulator, which is not installed.',
      hint: INSTALL_EMULATOR,
      cause,
    })
  }
}
