import { Hono } from 'hono'
import { type JWTPayload, jwtVerify } from 'jose'
import { burstLimit } from '../middleware/rate-limit.ts'
import { type EmulatorSettings, tenantField } from '../options.ts'
import type { HonoEnv } from '../server/hono-env.ts'
import { jsonFields } from '../server/json-fields.ts'
import type { AgentDirectory } from './agents.ts'
import type { IssuedTokens } from './delegation.ts'
import { tenantOf } from './sessions.ts'
import type { SigningKey, TenantKeys } from './signing-keys.ts'

const PATH = '/authsec/spiresvc/v1/jwt/validate'

interface ValidationParts {
  readonly settings: EmulatorSettings
  readonly agents: AgentDirectory
  readonly keys: TenantKeys
  readonly issued: IssuedTokens
}

interface Question {
  readonly token: string
  /** Empty when the caller named none. */
  readonly tenantId: string
  readonly audience: string
}

/**
 * POST /authsec/spiresvc/v1/jwt/validate returns 200 with the field `valid` (contract 2.1). The workspace
 * profile accepts only the active token. The April server checks only signature and times.
 */
export function validateRoutes(parts: ValidationParts): Hono<HonoEnv> {
  const { settings } = parts
  const app = new Hono<HonoEnv>()
  // Ten requests a minute, with a burst of five.
  if (settings.rateLimit) app.use(PATH, burstLimit(settings.clock, { perMinute: 10, burst: 5 }))
  app.post(PATH, async (c) => {
    const tenant = settings.profile === 'workspace' ? 'workspace_id' : 'tenant_id'
    const fields = await jsonFields(c, { optional: ['token', tenant, 'audience'] })
    if ('problem' in fields) {
      return c.json({ error: { code: 'BAD_REQUEST', message: 'Invalid request body' } }, 400)
    }
    const question: Question = {
      token: fields.text('token'),
      tenantId: fields.text(tenant),
      audience: fields.text('audience'),
    }
    return c.json(await validate(question, parts))
  })
  return app
}

async function validate(question: Question, parts: ValidationParts): Promise<object> {
  const payload = await verifiedBy(keysFor(question, parts), question.token, parts.settings)
  if (!payload || parts.issued.endedEarly.has(String(payload.jti)) || !isActive(payload, parts)) {
    return { spiffe_id: '', valid: false, claims: null }
  }
  const spiffe_id = payload.sub ?? ''
  if (question.audience !== '' && !audiences(payload).includes(question.audience)) {
    return { spiffe_id, valid: false, claims: null }
  }
  return {
    ...{ spiffe_id, valid: true, claims: payload, sub: payload.sub },
    ...tenantField(parts.settings, tenantOf(payload)),
    permissions: payload['permissions'],
    audience: payload.aud,
    expires_at: payload.exp,
    issued_at: payload.iat,
  }
}

/** The April server takes the key of the named tenant. The newer one needs no name. */
function keysFor({ tenantId }: Question, parts: ValidationParts): readonly SigningKey[] {
  const isNamed = tenantId !== '' || parts.settings.profile === '2026-04'
  const tenants = isNamed ? [tenantId] : parts.agents.all.map((agent) => agent.tenantId)
  return [...new Set(tenants)].flatMap((tenant) => parts.keys.existing(tenant) ?? [])
}

async function verifiedBy(
  keys: readonly SigningKey[],
  token: string,
  { clock }: EmulatorSettings,
): Promise<JWTPayload | undefined> {
  const options = { algorithms: ['RS256'], currentDate: new Date(clock.now()) }
  for (const key of keys) {
    const verified = await jwtVerify(token, await key.publicKey(), options).catch(() => undefined)
    if (verified) return verified.payload
  }
  return undefined
}

function isActive(payload: JWTPayload, { settings, agents }: ValidationParts): boolean {
  if (settings.profile === '2026-04') return true
  const row = agents.find(String(payload['client_id']))?.store.current()
  return row?.status === 'active' && row.jti === payload.jti
}

function audiences({ aud = [] }: JWTPayload): readonly string[] {
  return typeof aud === 'string' ? [aud] : aud
}
