import { isStringArray } from '../support/json-values.ts'

/**
 * The claims of a verified delegation token (contract 2.3), deeply frozen. Claims that are not listed
 * here are included unchanged.
 */
export interface DelegationClaims {
  /** `spiffe://` and the tenant's UUID. */
  readonly iss: string
  /** The agent's SPIFFE ID. Treat it as opaque. */
  readonly sub: string
  readonly aud: readonly string[]
  /** Seconds since 1970, as are `iat` and `nbf`. */
  readonly exp: number
  readonly iat: number
  readonly nbf?: number
  /** Identifies this token in deny-lists and replay caches. Do not use the token itself for that. */
  readonly jti?: string
  /** `resource:action`, in no particular order; empty when the token has none. */
  readonly permissions: readonly string[]
  /** The UUID of the agent. */
  readonly client_id?: string
  readonly tenant_id?: string
  readonly workspace_id?: string
  readonly agent_type?: string
  /** The administrator who delegated. */
  readonly user_id?: string
  readonly email?: string
  readonly [claim: string]: unknown
}

/** The typed claims of a payload that has passed `claimProblem` and whose signature is verified. */
export function toClaims(payload: Readonly<Record<string, unknown>>): DelegationClaims {
  const { iss, sub, aud, exp, iat, permissions } = payload
  const claims = {
    ...payload,
    iss: String(iss),
    sub: String(sub),
    aud: isStringArray(aud) ? aud : [String(aud)],
    exp: Number(exp),
    iat: Number(iat),
    permissions: isStringArray(permissions) ? permissions : [],
  }
  freezeDeep(claims)
  return claims
}

/** The cache returns the same claims to many requests, so none of them may change the claims. */
function freezeDeep(root: object): void {
  const pending: object[] = [root]
  for (let item = pending.pop(); item !== undefined; item = pending.pop()) {
    Object.freeze(item)
    for (const value of Object.values(item)) {
      if (typeof value === 'object' && value !== null) pending.push(value)
    }
  }
}
