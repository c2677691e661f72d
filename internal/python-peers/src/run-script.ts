import { type Emulator, type StartEmulatorOptions, startEmulator } from '@authsec/emulator'
import { inject } from 'vitest'
import { type Script, startScript } from './script.ts'

export interface Session extends AsyncDisposable {
  readonly emulator: Emulator
  readonly script: Script
  /** The number of requests to the token endpoint so far. */
  pulls(): number
}

/** Whether the suites are skipped. The reason is printed once, when the environment is made. */
export const isMissing: boolean = 'missing' in inject('environment')

type Variables = Readonly<Record<string, string>>

/**
 * An emulator on a free port, and a script that is told of it as the packages' documents say. `variablesOf`
 * adds variables for the script.
 */
export async function startSession(
  name: string,
  options: StartEmulatorOptions = {},
  variablesOf: (emulator: Emulator) => Variables | Promise<Variables> = () => ({}),
): Promise<Session> {
  const environment = inject('environment')
  if ('missing' in environment) throw new Error(environment.missing)
  const emulator = await startEmulator(options)
  const script = startScript(environment.python, name, {
    AUTHSEC_BASE_URL: emulator.baseUrl,
    AUTHSEC_AGENT_CLIENT_ID: emulator.clientId,
    ...(await variablesOf(emulator)),
  })
  return {
    emulator,
    script,
    pulls: () => emulator.requests.filter(({ path }) => path.endsWith('/delegation-token')).length,
    async [Symbol.asyncDispose]() {
      await script[Symbol.asyncDispose]()
      await emulator.close()
    },
  }
}
