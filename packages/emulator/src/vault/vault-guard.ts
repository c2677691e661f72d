import type { Context } from 'hono'
import { errors, type JWTPayload } from 'jose'
import { checkDelegation, type DelegationCheck } from '../delegation/delegation-check.ts'
import type { HonoEnv } from '../server/hono-env.ts'

export interface VaultCaller {
  /** The verified claims of the token. */
  readonly claims: JWTPayload
  readonly permissions: readonly string[]
}

/** The verified caller, or the response that rejects the request (RFC 6750, section 3). */
export async function verifyCaller(
  c: Context<HonoEnv>,
  check: DelegationCheck,
  permission?: string,
): Promise<VaultCaller | Response> {
  if (permission !== undefined) c.env.facts.permission = permission
  const token = /^Bearer (\S+)$/.exec(c.req.header('authorization') ?? '')?.[1]
  if (!token) return challenge(c, undefined)
  try {
    const claims = await checkDelegation(token, check, check.settings.vaultAudience)
    c.env.facts.clientId = String(claims['client_id'])
    const permissions = permissionsOf(claims)
    if (permission !== undefined && !permissions.includes(permission)) {
      return insufficient(c, permission)
    }
    return { claims, permissions }
  } catch (error) {
    const isExpired = error instanceof errors.JWTExpired
    return challenge(c, isExpired ? 'the token has expired' : 'the token is not valid here')
  }
}

function permissionsOf({ permissions }: JWTPayload): string[] {
  return Array.isArray(permissions) ? permissions.filter((item) => typeof item === 'string') : []
}

/** A response to a request without a token has no error code. */
function challenge(c: Context, problem: string | undefined): Response {
  if (problem === undefined) {
    c.header('www-authenticate', 'Bearer')
    return c.json({ error: 'authentication_required' }, 401)
  }
  c.header('www-authenticate', `Bearer error="invalid_token", error_description="${problem}"`)
  return c.json({ error: 'invalid_token', error_description: problem }, 401)
}

export function insufficient(c: Context, permission: string): Response {
  c.header('www-authenticate', `Bearer error="insufficient_scope", scope="${permission}"`)
  return c.json({ error: 'insufficient_scope', required: permission }, 403)
}
