import type { Env } from '@authsec/core'
import type { Way } from '../probe/probe.ts'
import type { Settings } from '../settings/settings.ts'

/** What the doctor is asked to look at. */
export interface Inputs {
  readonly settings: Settings
  readonly cwd: string
  /** A protected path of the API. */
  readonly endpoint: string | undefined
  readonly audiences: readonly string[]
  readonly permissions: readonly string[]
  readonly operationsFile: string | undefined
  readonly approver: string | undefined
  readonly cibaClientId: string | undefined
  readonly timeoutMs: number
  /** The audit log that is looked at; none without it. */
  readonly audit: AuditInputs | undefined
  /** The store that the processes of the agents share; none is looked at without it. */
  readonly store: StoreInputs | undefined
  /** Milliseconds since 1970. */
  readonly now: number
  /** Such as 24.11.0. */
  readonly nodeVersion: string
}

export interface StoreInputs {
  readonly kind: 'redis' | 'sqlite'
  /** A URL, which may hold a password, or a path. */
  readonly address: string
}

export interface AuditInputs {
  /** Its folder, its `file.path`, or a file. */
  readonly path: string
  /** The key of its chain. */
  readonly key: string | undefined
}

/** What the checks of the network work with: settings that can work. */
export interface Target {
  readonly env: Env
  /** Ends in `/authsec/`. */
  readonly authSecUrl: URL
  readonly clientId: string
  readonly tenantId: string | undefined
  readonly apiToken: string | undefined
  readonly way: Way
}
