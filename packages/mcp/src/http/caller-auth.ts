import {
  checkOptions,
  isText,
  type OptionChecks,
  optionalList,
  required,
} from '@authsec/core/adapter'
import { authenticateRequest, type DelegationVerifier } from '@authsec/verify'
import type { AuthInfo } from '@modelcontextprotocol/server'
import { isWebAddress, textLike } from './server-address.ts'

/** How a server over HTTP checks its callers. */
export interface InboundOptions {
  /**
   * Verifies the bearer tokens of callers. Create it with the audience of this server, and with the
   * address of its metadata as `resourceMetadataUrl`.
   */
  readonly verifier: DelegationVerifier
  /** Permissions that a caller's token must carry, all of them. Default: none. */
  readonly permissions?: readonly string[] | undefined
  /** The address of AuthSec, where callers get their tokens. The metadata names it. */
  readonly authSecUrl: string
}

const inboundChecks: OptionChecks<InboundOptions> = {
  verifier: required(isVerifier, 'what createDelegationVerifier of @authsec/verify returns'),
  permissions: optionalList(isText),
  authSecUrl: textLike(isWebAddress, 'a web address such as https://auth.example.com'),
}

/** Throws `ConfigError` for options that would leave callers unchecked, or checked wrongly. */
export function checkInbound(value: unknown, field: string): void {
  checkOptions<InboundOptions>(value, field, inboundChecks, `${field}.`)
}

function isVerifier(value: unknown): boolean {
  const verifier: { verify?: unknown } = Object(value)
  return typeof verifier.verify === 'function'
}

/** The metadata of this server as a protected resource (RFC 9728 section 2). */
export function resourceMetadata(publicUrl: string, inbound: InboundOptions): object {
  return {
    resource: publicUrl,
    authorization_servers: [inbound.authSecUrl],
    bearer_methods_supported: ['header'],
    scopes_supported: inbound.permissions ?? [],
  }
}

/** The metadata URL has this part between host and path (RFC 9728 section 3.1). */
export const WELL_KNOWN = '/.well-known/oauth-protected-resource'

export function metadataUrlOf(publicUrl: string): string {
  const url = new URL(publicUrl)
  return new URL(WELL_KNOWN + url.pathname, url).href
}

/** A caller whose token was verified. */
interface Authenticated {
  readonly authInfo: AuthInfo
  readonly tenantId: string | undefined
}

/**
 * Authenticates the caller, or returns the challenge to answer with (RFC 6750 section 3). The token
 * stays here: it was issued for this server, so neither the tools nor their calls receive it.
 */
export async function authenticate(
  request: Request,
  { verifier, permissions = [] }: InboundOptions,
): Promise<Authenticated | { response: Response }> {
  // Without permissions every valid token is enough. The verifier refuses an empty list as a mistake.
  const needed = permissions.length === 0 ? {} : { permissions: [...permissions] }
  const result = await authenticateRequest(verifier, request, needed)
  if (!result.ok) return { response: result.response }
  const { sub, exp, tenant_id, workspace_id } = result.claims
  const scopes = [...result.claims.permissions]
  return {
    authInfo: { token: '', clientId: sub, scopes, expiresAt: exp },
    tenantId: tenant_id ?? workspace_id,
  }
}
