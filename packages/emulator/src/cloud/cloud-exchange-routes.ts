import { type Context, Hono } from 'hono'
import { jwtVerify } from 'jose'
import { checkDelegation, type DelegationCheck } from '../delegation/delegation-check.ts'
import type { Sessions } from '../delegation/sessions.ts'
import type { SigningKey } from '../delegation/signing-keys.ts'
import type { HonoEnv } from '../server/hono-env.ts'
import { type BodyShape, type JsonFields, jsonFields } from '../server/json-fields.ts'
import {
  type CloudExchangeMode,
  type CloudProvider,
  issueCredentials,
  providers,
} from './cloud-exchange.ts'

const ROOT = '/authsec/spire/oidc/exchange'

export interface CloudExchangeParts extends DelegationCheck {
  readonly sessions: Sessions
  readonly spireKey: SigningKey
  readonly secrets: string[]
  /** The mode can change between two requests. */
  readonly exchange: { readonly mode: CloudExchangeMode }
}

type ExchangeError = readonly [status: 400 | 401 | 500 | 501, error: string, description?: string]

/** The exchange for cloud credentials (contract 4). No public server has issued any, as in mode 'today'. */
export function cloudExchangeRoutes(parts: CloudExchangeParts): Hono<HonoEnv> {
  const isNewer = parts.settings.profile === 'workspace'
  const app = new Hono<HonoEnv>()
  if (isNewer) app.use(`${ROOT}/*`, parts.sessions.guard)
  for (const path of ['cloud', ...providers] as const) {
    app.post(`${ROOT}/${path}`, async (c) => {
      const fields = await jsonFields(c, bodyShape(path, isNewer))
      if ('problem' in fields) return errorResponse(c, [400, 'invalid_request', fields.problem])
      const token = isNewer ? fields.text('jwt_svid') : bearerOf(c)
      if (!token) return errorResponse(c, [401, 'invalid_client'])
      const mode = parts.exchange.mode
      const error = await tokenError(token, mode, parts)
      const provider = path === 'cloud' ? providerOf(fields) : path
      // The server checks the token before the provider, and the provider before anything else.
      if (error?.[0] === 401) return errorResponse(c, error)
      if (!provider) return errorResponse(c, [400, 'unsupported_provider'])
      if (error || mode === 'today') return errorResponse(c, error ?? notImplemented(isNewer))
      const now = parts.settings.clock.now()
      return c.json(issueCredentials(mode, provider, scopeOf(provider, fields), now, parts.secrets))
    })
  }
  return app
}

function bodyShape(path: 'cloud' | CloudProvider, isNewer: boolean): BodyShape {
  const required = {
    cloud: ['provider', 'audience'],
    aws: ['role_arn'],
    azure: [isNewer ? 'azure_tenant_id' : 'tenant_id'],
    gcp: ['project_id', 'service_email'],
  }[path]
  return {
    required: isNewer ? [...required, 'jwt_svid'] : required,
    optional: ['audience', 'scope', 'role_arn', 'resource_id', 'service_email'],
  }
}

/** The server compares the scheme in this exact case. */
function bearerOf(c: Context): string | undefined {
  return /^Bearer (\S+)$/.exec(c.req.header('authorization') ?? '')?.[1]
}

async function tokenError(
  token: string,
  mode: CloudExchangeMode,
  parts: CloudExchangeParts,
): Promise<ExchangeError | undefined> {
  const isNewer = parts.settings.profile === 'workspace'
  if (mode === 'today' && isNewer) return notImplemented(isNewer)
  const checked = mode === 'today' ? checkSpireToken(token, parts) : checkDelegation(token, parts)
  return checked.then(
    () => undefined,
    () => [401, 'invalid_grant', 'invalid JWT-SVID'] as const,
  )
}

/** Today's exchange verifies tokens with another key set, so it rejects every delegation token. */
async function checkSpireToken(token: string, parts: CloudExchangeParts): Promise<unknown> {
  const currentDate = new Date(parts.settings.clock.now())
  return jwtVerify(token, await parts.spireKey.publicKey(), { algorithms: ['RS256'], currentDate })
}

function notImplemented(isNewer: boolean): ExchangeError {
  return [isNewer ? 501 : 500, 'server_error', 'token exchange not yet implemented']
}

function providerOf(fields: JsonFields): CloudProvider | undefined {
  return providers.find((provider) => provider === fields.text('provider'))
}

function scopeOf(provider: CloudProvider, fields: JsonFields): string | undefined {
  if (fields.text('scope')) return fields.text('scope')
  if (provider === 'gcp') return 'https://www.googleapis.com/auth/cloud-platform'
  if (provider === 'aws') return undefined
  return `${fields.text('resource_id') || 'https://management.azure.com/'}.default`
}

function errorResponse(c: Context, [status, error, error_description]: ExchangeError): Response {
  return c.json({ error, ...(error_description && { error_description }) }, status)
}
