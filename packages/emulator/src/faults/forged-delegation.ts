import { randomUUID } from 'node:crypto'
import { decodeJwt, type JWTPayload, UnsecuredJWT } from 'jose'
import type { DelegationStore } from '../delegation/delegation.ts'
import type { SigningKey } from '../delegation/signing-keys.ts'
import { goTimestamp } from '../server/go-timestamp.ts'

export type AlteredClaims =
  | { readonly kind: 'wrong_client' }
  | { readonly kind: 'no_expiry' }
  | { readonly kind: 'unsigned' }
  | { readonly kind: 'expired_token' /** Milliseconds since 1970. */; readonly endedAt: number }
  | { readonly kind: 'shift'; readonly seconds: number }

export interface DelegationSigner {
  readonly tenantKey: SigningKey
  /** Keeps the altered tokens too, so that `issuedTokens` has them. */
  readonly store: DelegationStore
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
      : await signer.tenantKey.sign(altered.claims)
  signer.store.remember(token)
  return Response.json({ ...altered.body, token }, { status: response.status })
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
      const client_id = randomUUID()
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
