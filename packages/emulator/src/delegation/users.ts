import { checkOptions } from '../support/option-checks.ts'
import { boolean, email, optional, uuid } from '../support/option-values.ts'

/** A user of the emulator, who can approve requests. */
export interface EmulatorUser {
  readonly email: string
  /** Whether the user has registered a device that approval requests reach. Default: true. */
  readonly hasDevice?: boolean
  /**
   * The client with which the user registered, a UUID in lower case. The tenant flow finds only users
   * of the client that requests the approval. Default: `cibaClientId`.
   */
  readonly clientId?: string
}

/** Throws a `ConfigError` when the value is neither a user nor the email address of one. */
export function checkUser(user: unknown, field: string): void {
  if (typeof user === 'string') {
    email(user, field)
    return
  }
  checkOptions<EmulatorUser>(
    user,
    field,
    { email, hasDevice: optional(boolean), clientId: optional(uuid) },
    `${field}.`,
  )
}

export interface User {
  readonly id: string
  readonly email: string
  readonly clientId: string
  /** Whether a device was registered from the start. */
  readonly hasDevice: boolean
}

/** The administrator of a tenant, who has no device. */
export function administratorOf(tenantId: string): Pick<User, 'id' | 'email'> {
  return { id: tenantId, email: 'admin@example.com' }
}

export interface UserDirectory {
  readonly all: readonly User[]
  /** Finds a user by email, in upper or lower case. With `clientId`, only among the users of that client. */
  find(email: string, clientId?: string): User | undefined
  /** Whether a client with this ID exists. */
  knowsClient(clientId: string): boolean
}

export const DEFAULT_USERS: readonly EmulatorUser[] = [
  { email: 'approver@example.com' },
  { email: 'nodevice@example.com', hasDevice: false },
]

export function createUserDirectory(settings: {
  readonly users: readonly (EmulatorUser | string)[]
  readonly clientId: string
  readonly agents: readonly { readonly clientId: string }[]
  readonly cibaClientId: string
}): UserDirectory {
  const given = settings.users.map((user) => (typeof user === 'string' ? { email: user } : user))
  const all = given.map(
    ({ email, hasDevice = true, clientId = settings.cibaClientId }: EmulatorUser): User => ({
      id: crypto.randomUUID(),
      email,
      clientId,
      hasDevice,
    }),
  )
  const clients = new Set([
    settings.clientId,
    ...settings.agents.map(({ clientId }) => clientId),
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
