import { isTextList } from '../json-values.ts'

/**
 * What a verified delegation token says (contract 2.3), frozen through and through. Claims that are
 * not listed are there too, as they were signed.
 */
export interface DelegationClaims {
  /** `spiffe://` and the tenant's UUID. */
  readonly iss: string
  /** The agent's SPIFFE ID; opaque. */
  readonly sub: string
  readonly aud: readonly string[]
  /** Seconds since 1970, as are `iat` and `nbf`. */
  readonly exp: number
  readonly iat: number
  readonly nbf?: number
  /** Names this token in deny-lists and replay sets; its text does not. */
  readonly jti?: string
  /** `resource:action`, in no order; empty when the token has none. */
  readonly permissions: readonly string[]
  /** The agent. */
  readonly client_id?: string
  readonly tenant_id?: string
  readonly workspace_id?: string
  readonly agent_type?: string
  /** The administrator who delegated. */
  readonly user_id?: string
  readonly email?: string
  readonly [claim: string]: unknown
}

/** The typed claims of a payload that has passed `claimProblem` and whose signature is good. */
export function toClaims(payload: Readonly<Record<string, unknown>>): DelegationClaims {
  const { iss, sub, aud, exp, iat, permissions } = payload
  const claims = {
    ...payload,
    iss: String(iss),
    sub: String(sub),
    aud: isTextList(aud) ? aud : [String(aud)],
    exp: Number(exp),
    iat: Number(iat),
    permissions: isTextList(permissions) ? permissions : [],
  }
  freezeDeep(claims)
  return claims
}

/** The cache hands the same claims to many requests; none may change them for the others. */
function freezeDeep(root: object): void {
  const pending: object[] = [root]
  for (let item = pending.pop(); item !== undefined; item = pending.pop()) {
    Object.freeze(item)
    for (const value of Object.values(item)) {
      if (typeof value === 'object' && value !== null) pending.push(value)
    }
  }
}
