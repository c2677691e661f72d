import { authenticateRequest, type DelegationVerifier } from '@authsec/verify'
import type { AuthInfo } from '@modelcontextprotocol/server'

export interface InboundOptions {
  /** Judges the bearers of callers; made with this server's own audience, and with the address of its metadata as `resourceMetadataUrl`. */
  verifier: DelegationVerifier
  /** Permissions a caller needs, all of them. Default: none but a valid token. */
  permissions?: readonly string[] | undefined
  /** Where callers get their tokens: the address of AuthSec, for the metadata. */
  authSecUrl: string
}

/** What is published about this server as a protected resource (RFC 9728 section 2). */
export function resourceMetadata(publicUrl: string, inbound: InboundOptions): object {
  return {
    resource: publicUrl,
    authorization_servers: [inbound.authSecUrl],
    bearer_methods_supported: ['header'],
    scopes_supported: inbound.permissions ?? [],
  }
}

/** RFC 9728 section 3.1: this part goes between host and path. */
export const WELL_KNOWN = '/.well-known/oauth-protected-resource'

export function metadataUrlOf(publicUrl: string): string {
  const url = new URL(publicUrl)
  return new URL(WELL_KNOWN + url.pathname, url).href
}

/**
 * Who calls, or the refusal to answer with. The token stays here: it was issued for this server, so
 * neither the tools nor the calls they make ever see it.
 */
export async function authenticate(
  request: Request,
  { verifier, permissions = [] }: InboundOptions,
): Promise<{ authInfo: AuthInfo } | { response: Response }> {
  // Any good token will do when no permission is asked for; an empty list is refused as a mistake.
  const needed = permissions.length === 0 ? {} : { permissions: [...permissions] }
  const result = await authenticateRequest(verifier, request, needed)
  if (!result.ok) return { response: result.response }
  const { sub, exp } = result.claims
  const scopes = [...result.claims.permissions]
  return { authInfo: { token: '', clientId: sub, scopes, expiresAt: exp } }
}
