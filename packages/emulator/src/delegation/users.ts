import { randomUUID } from 'node:crypto'

export interface EmulatorUser {
  readonly email: string
  /** Whether a device is registered that approval requests reach. Default: true. */
  readonly hasDevice?: boolean
  /** The client the user registered with, which the tenant flow looks under. Default: `cibaClientId`. */
  readonly clientId?: string
}

export interface User {
  readonly id: string
  readonly email: string
  readonly clientId: string
  /** Undefined when no device is registered. */
  readonly deviceId: string | undefined
}

export interface UserDirectory {
  readonly all: readonly User[]
  /** The first of that name, in any case; with a client ID, only among those registered with it. */
  find(email: string, clientId?: string): User | undefined
  /** Whether a client of that ID is known at all. */
  knowsClient(clientId: string): boolean
}

export const DEFAULT_USERS: readonly EmulatorUser[] = [
  { email: 'approver@example.com' },
  { email: 'nodevice@example.com', hasDevice: false },
]

export function createUserDirectory(settings: {
  readonly users: readonly EmulatorUser[]
  readonly clientId: string
  readonly cibaClientId: string
}): UserDirectory {
  const all = settings.users.map(
    ({ email, hasDevice = true, clientId = settings.cibaClientId }): User => ({
      id: randomUUID(),
      email,
      clientId,
      deviceId: hasDevice ? randomUUID() : undefined,
    }),
  )
  const clients = new Set([
    settings.clientId,
    settings.cibaClientId,
    ...all.map(({ clientId }) => clientId),
  ])
  return {
    all,
    find(email, clientId) {
      const wanted = email.toLowerCase()
      return all.find(
        (user) =>
          user.email.toLowerCase() === wanted &&
          (clientId === undefined || user.clientId === clientId),
      )
    },
    knowsClient: (clientId) => clients.has(clientId),
  }
}
