import { randomUUID } from 'node:crypto'
import type { AuthSecClient, AuthSecClientOptions } from '@authsec/core'
import type { Emulator, StartEmulatorOptions } from '@authsec/emulator'
import { testClient, testEmulator } from './emulators.ts'
import { plantSecret } from './leak-watch.ts'

export type AgentName = 'one' | 'other'

export const agentNames: readonly AgentName[] = ['one', 'other']

/** The record that each agent reads, so that a call shows whose it was meant to be. */
export const recordOf: Readonly<Record<AgentName, string>> = { one: 'rec-0001', other: 'rec-0002' }

/** One server with two agents, and a client for each, as in a process that acts for many. */
export interface TwoAgents extends AsyncDisposable {
  readonly emulator: Emulator
  readonly clients: Readonly<Record<AgentName, AuthSecClient>>
  /** The client of an agent by its name, or nothing: what a program looks up in its context. */
  clientOf(name: unknown): AuthSecClient | undefined
  /** Each call of the protected API: whose token it carried, and whose record it was about. */
  vaultCalls(): Promise<{ token: AgentName | undefined; record: AgentName | undefined }[]>
}

export async function twoAgents(
  optionsOf: (name: AgentName, emulator: Emulator) => Partial<AuthSecClientOptions> = () => ({}),
  settings: StartEmulatorOptions = {},
): Promise<TwoAgents> {
  const clientId = randomUUID()
  plantSecret('the client ID of the other agent', clientId)
  const emulator = await testEmulator({ ...settings, agents: [{ clientId }] })
  const clients = {
    one: testClient(emulator, optionsOf('one', emulator)),
    other: testClient({ ...emulator, clientId }, optionsOf('other', emulator)),
  }
  return {
    emulator,
    clients,
    clientOf: (name) => agentNames.filter((one) => one === name).map((one) => clients[one])[0],
    async vaultCalls() {
      const tokens = new Map<string, AgentName>()
      for (const name of agentNames) {
        tokens.set((await clients[name].getDelegationToken()).fingerprint, name)
      }
      const calls = emulator.requests.filter(({ path }) => path.startsWith('/secure-vault'))
      return calls.map(({ bearer = '', path }) => ({
        token: tokens.get(bearer),
        record: agentNames.find((name) => path.endsWith(recordOf[name])),
      }))
    },
    async [Symbol.asyncDispose]() {
      for (const name of agentNames) await clients[name].close()
      await emulator.close()
    },
  }
}
