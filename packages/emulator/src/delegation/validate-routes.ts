import { type Context, Hono } from 'hono'
import { jwtVerify } from 'jose'
import { type EmulatorSettings, issuerOf, tenantField } from '../options.ts'
import type { HonoEnv } from '../server/hono-env.ts'
import type { DelegationStore } from './delegation.ts'
import type { SigningKey } from './signing-keys.ts'

const REQUESTS_PER_MINUTE = 10

/**
 * POST /authsec/spiresvc/v1/jwt/validate returns 200 with the field `valid` (contract 2.1). The workspace
 * profile accepts only the active token. The April server checks only signature and times.
 */
export function validateRoutes(
  settings: EmulatorSettings,
  store: DelegationStore,
  key: SigningKey,
): Hono<HonoEnv> {
  const app = new Hono<HonoEnv>()
  let recent: number[] = []
  app.post('/authsec/spiresvc/v1/jwt/validate', async (c) => {
    recent = recent.filter((time) => time > settings.clock.now() - 60_000)
    if (settings.rateLimit && recent.length >= REQUESTS_PER_MINUTE) return rateLimited(c)
    recent.push(settings.clock.now())
    const body: unknown = await c.req.json().catch(() => undefined)
    const { token, tenant_id } = { ...(typeof body === 'object' ? body : {}) } as {
      token?: unknown
      tenant_id?: unknown
    }
    if (typeof token !== 'string' || typeof tenant_id !== 'string') {
      const message = 'tenant_id and token are required'
      return c.json({ error: { code: 'BAD_REQUEST', message } }, 400)
    }
    return c.json(await validate(token, tenant_id))
  })

  async function validate(token: string, tenantId: string): Promise<object> {
    const invalid = { spiffe_id: '', valid: false, claims: null }
    if (tenantId !== settings.tenantId) return invalid
    try {
      const { payload } = await jwtVerify(token, await key.publicKey(), {
        algorithms: ['RS256'],
        issuer: issuerOf(settings),
        currentDate: new Date(settings.clock.now()),
      })
      if (store.isEndedEarly(String(payload.jti)) || !isStillActive(payload.jti)) return invalid
      return {
        spiffe_id: payload.sub,
        valid: true,
        claims: payload,
        sub: payload.sub,
        ...tenantField(settings),
        permissions: payload['permissions'],
        audience: payload.aud,
        expires_at: payload.exp,
        issued_at: payload.iat,
      }
    } catch {
      return invalid
    }
  }
  function isStillActive(jti: string | undefined): boolean {
    if (settings.profile === '2026-04') return true
    const row = store.current()
    return row?.status === 'active' && row.jti === jti
  }
  return app
}

function rateLimited(c: Context<HonoEnv>): Response {
  c.header('retry-after', '60')
  return c.json({ error: { code: 'RATE_LIMITED', message: 'Too many requests' } }, 429)
}
