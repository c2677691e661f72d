import type { JWTPayload } from 'jose'
import { checkOptions } from '../support/option-checks.ts'
import { choice, optional, required, text } from '../support/option-values.ts'

/** The methods of a route. `HEAD` is answered as `GET` without a body. */
export type VaultMethod = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** A request to a route, whose token the vault has verified. */
export interface VaultRequest {
  /** The request as it came, the bearer token included. */
  readonly request: Request
  /** The values of the path's parameters, decoded. */
  readonly params: Readonly<Record<string, string>>
  readonly query: Readonly<Record<string, string>>
  /** The verified claims of the token. */
  readonly claims: JWTPayload
  readonly permissions: readonly string[]
}

/** An operation of the vault that a developer adds. */
export interface VaultRoute {
  /** Default: `GET`. */
  readonly method?: VaultMethod
  /** A path below `vaultUrl` that starts with a slash, such as `/orders/:id`. */
  readonly path: string
  /** The permission that a token needs, such as `orders:read`. */
  readonly permission: string
  /**
   * Answers a request: with a `Response`, or with a value that is sent as JSON with the status 200.
   * `undefined` is sent as 204. An error that it throws is sent as 500 and printed as a warning of the process.
   */
  readonly handle: (request: VaultRequest) => unknown
}

const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const satisfies VaultMethod[]
const path = required(isPath, "a path that starts with '/' and has no query, such as '/orders/:id'")

/** Throws a `ConfigError` when the value is not a route. */
export function checkVaultRoute(route: unknown, field: string): void {
  checkOptions<VaultRoute>(
    route,
    field,
    {
      method: optional(choice(...methods)),
      path,
      permission: text,
      handle: required((value) => typeof value === 'function', 'a function'),
    },
    `${field}.`,
  )
}

/** Parameters only: wildcards, optional parts and patterns of the router would not be one operation. */
function isPath(value: unknown): boolean {
  return typeof value === 'string' && /^(\/(:[A-Za-z_]\w*|[\w.~%@-]+))+$/.test(value)
}
