import { type Emulator, type StartEmulatorOptions, startEmulator } from '@authsec/emulator'

export interface ConsoleScene extends AsyncDisposable {
  readonly emulator: Emulator
  /** The address of the console. */
  readonly address: string
  /** Asks for an approval, as an agent does. */
  ask(message: string): Promise<void>
  /** Calls the vault with the agent's token. */
  call(path: string): Promise<number>
}

/** An emulator with its console, and an agent that uses it. */
export async function consoleScene(options: StartEmulatorOptions = {}): Promise<ConsoleScene> {
  const emulator = await startEmulator({ console: true, rateLimit: false, ...options })
  const { baseUrl, vaultUrl, clientId } = emulator
  return {
    emulator,
    address: `${baseUrl}/`,
    async ask(message) {
      const answer = await fetch(`${baseUrl}/authsec/uflow/auth/ciba/initiate`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({
          ...{ login_hint: 'approver@example.com', binding_message: message },
          client_id: clientId,
        }),
      })
      await answer.arrayBuffer()
    },
    async call(path) {
      const pull = `${baseUrl}/authsec/uflow/sdk/delegation-token?client_id=${clientId}`
      const { token } = (await (await fetch(pull)).json()) as { token: string }
      const headers = { authorization: `Bearer ${token}` }
      const answer = await fetch(vaultUrl + path, { headers })
      await answer.arrayBuffer()
      return answer.status
    },
    [Symbol.asyncDispose]: emulator.close,
  }
}
