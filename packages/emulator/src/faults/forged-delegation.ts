import { decodeJwt, type JWTPayload, UnsecuredJWT } from 'jose'
import type { IssuedTokens } from '../delegation/delegation.ts'
import { tenantOf } from '../delegation/sessions.ts'
import type { TenantKeys } from '../delegation/signing-keys.ts'
import { goTimestamp } from '../server/go-timestamp.ts'

export type AlteredClaims =
  | { readonly kind: 'wrong_client' }
  | { readonly kind: 'no_expiry' }
  | { readonly kind: 'unsigned' }
  | { readonly kind: 'expired_token' /** Milliseconds since 1970. */; readonly endedAt: number }
  | { readonly kind: 'shift'; readonly seconds: number }

export interface DelegationSigner {
  readonly keys: TenantKeys
  /** Keeps the altered tokens too, so that `issuedTokens` has them. */
  readonly issued: IssuedTokens
}

/**
 * Alters the delegation in a response and signs it again, so that exactly one property of it is wrong.
 * Returns a response without a token unchanged.
 */
export async function alterDelegation(
  response: Response,
  signer: DelegationSigner,
  change: AlteredClaims,
): Promise<Response> {
  const body: unknown = await response
    .clone()
    .json()
    .catch(() => undefined)
  if (!isDelegation(body)) return response
  const altered = alter({ body, claims: decodeJwt(body.token) }, change)
  const token =
    change.kind === 'unsigned'
      ? new UnsecuredJWT(altered.claims).encode()
      : await signer.keys.of(tenantOf(altered.claims)).sign(altered.claims)
  signer.issued.add(token)
  return new Response(JSON.stringify({ ...altered.body, token }), response)
}

interface DelegationBody extends Record<string, unknown> {
  token: string
  expires_at: string
}

function isDelegation(body: unknown): body is DelegationBody {
  const isObject = typeof body === 'object' && body !== null
  return isObject && 'token' in body && 'expires_at' in body && typeof body.token === 'string'
}

interface Delegated {
  readonly body: DelegationBody
  readonly claims: JWTPayload
}

function alter({ body, claims }: Delegated, change: AlteredClaims): Delegated {
  switch (change.kind) {
    case 'wrong_client': {
      const client_id = crypto.randomUUID()
      return { body: { ...body, client_id }, claims: { ...claims, client_id } }
    }
    case 'no_expiry': {
      const { exp: _missing, ...rest } = claims
      return { body, claims: rest }
    }
    case 'expired_token':
      return shift({ body, claims }, Math.floor(change.endedAt / 1000) - (claims.exp ?? 0))
    case 'shift':
      return shift({ body, claims }, change.seconds)
    case 'unsigned':
      return { body, claims }
  }
}

function shift({ body, claims }: Delegated, seconds: number): Delegated {
  const { exp = 0, nbf = 0, iat = 0 } = claims
  return {
    body: { ...body, expires_at: goTimestamp(Date.parse(body.expires_at) + seconds * 1000) },
    claims: { ...claims, exp: exp + seconds, nbf: nbf + seconds, iat: iat + seconds },
  }
}
