import type { Context, MiddlewareHandler } from 'hono'
import { type JWTPayload, jwtVerify, SignJWT } from 'jose'
import { type EmulatorSettings, tenantField } from '../options.ts'
import type { HonoEnv } from '../server/hono-env.ts'
import { administratorOf, type User } from './users.ts'

export const DAY_SECONDS = 86_400

/** User sessions: HS256 tokens with one secret. Approval tokens are user sessions too (contract 3.7). */
export interface Sessions {
  /** `clientId` is the client for which the session is issued. */
  ofUser(user: User, clientId: string, scope: readonly string[], seconds: number): Promise<string>
  /** The session of an administrator, by default of the emulator's own tenant. */
  ofAdmin(tenantId?: string): Promise<string>
  /** Rejects requests without a session. A delegation token is not a session (contract 0.2). */
  readonly guard: MiddlewareHandler<HonoEnv>
}

export function createSessions(settings: EmulatorSettings, secrets: string[]): Sessions {
  const secret = crypto.getRandomValues(new Uint8Array(32))
  const issue = async (claims: JWTPayload, seconds: number): Promise<string> => {
    const now = Math.floor(settings.clock.now() / 1000)
    const token = await new SignJWT({ ...claims, iat: now, nbf: now, exp: now + seconds })
      .setProtectedHeader({ alg: 'HS256', typ: 'JWT', kid: 'default' })
      .sign(secret)
    if (!secrets.includes(token)) secrets.push(token)
    return token
  }
  const common = (tenantId = settings.tenantId): JWTPayload => ({
    iss: 'authsec-ai/auth-manager',
    aud: 'authsec-api',
    ...tenantField(settings, tenantId),
    project_id: tenantId,
    token_type: 'default',
  })
  return {
    ofUser: (user, clientId, scope, seconds) =>
      issue({ ...common(), ...claimsOf(user), client_id: clientId, scope: [...scope] }, seconds),
    ofAdmin: (tenantId = settings.tenantId) => {
      const user = administratorOf(tenantId)
      return issue({ ...common(tenantId), ...claimsOf(user), scope: ['admin'] }, DAY_SECONDS)
    },
    async guard(c, next) {
      const header = c.req.header('authorization')
      if (header === undefined) return sessionError(c, 'authorization header required')
      const token = /^Bearer (\S+)$/.exec(header)?.[1]
      if (!token) return sessionError(c, 'invalid authorization header format')
      const verified = await jwtVerify(token, secret, {
        algorithms: ['HS256'],
        currentDate: new Date(settings.clock.now()),
      }).catch(() => undefined)
      if (!verified) return sessionError(c, 'Invalid or expired token', 'invalid_token')
      c.set('session', verified.payload)
      return next()
    },
  }

  function sessionError(c: Context, error: string, code = 'invalid_request'): Response {
    if (settings.profile === 'workspace') {
      const challenge = `Bearer realm="authsec", error="${code}", error_description="${error}"`
      c.header('www-authenticate', challenge)
    }
    return c.json({ error }, 401)
  }
}

function claimsOf({ id, email }: Pick<User, 'id' | 'email'>): JWTPayload {
  return { sub: id, user_id: id, email_id: email }
}

/** The tenant in the claims of a session or of a delegation token. */
export function tenantOf(claims: JWTPayload): string {
  return String(claims['tenant_id'] ?? claims['workspace_id'])
}

/** Whether an administrator has the session. Only an administrator may read the delegation. */
export function isAdmin({ scope }: JWTPayload): boolean {
  return Array.isArray(scope) && scope.includes('admin')
}
