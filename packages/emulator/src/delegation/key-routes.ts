import { type Context, type Handler, Hono } from 'hono'
import type { EmulatorSettings } from '../options.ts'
import type { HonoEnv } from '../server/hono-env.ts'
import { UUID } from '../support/uuid.ts'
import type { AgentDirectory } from './agents.ts'
import type { SigningKey, TenantKeys } from './signing-keys.ts'

export interface PublishedKeys {
  readonly agents: AgentDirectory
  /** K3 of contract 2.1, which signs delegation tokens. */
  readonly keys: TenantKeys
  /** K1, which signs none of the emulator's tokens. */
  readonly wellKnownKey: SigningKey
  /** K2, which signs the tokens of the SPIRE provider. */
  readonly spireKey: SigningKey
}

const BUNDLE_PATH = '/authsec/spiresvc/v1/jwt/bundle'
const WELL_KNOWN = '/authsec/.well-known'
const SPIRE_WELL_KNOWN = '/authsec/spire/.well-known'

/**
 * The tenant bundle, whose key signs delegation tokens, and the other key sets and discovery documents,
 * which do not help to verify one. The server's documents name those (contract 2.1, 2.2).
 */
export function keyRoutes(settings: EmulatorSettings, published: PublishedKeys): Hono<HonoEnv> {
  const app = new Hono<HonoEnv>()
  if (settings.profile === 'workspace') {
    app.get(BUNDLE_PATH, workspaceBundle(published))
    return app
  }
  app.get(BUNDLE_PATH, tenantBundle(published))
  app.get(`${WELL_KNOWN}/jwks.json`, async (c) => keyDocument(c, published.wellKnownKey))
  app.get(`${WELL_KNOWN}/openid-configuration`, (c) => c.json(discovery()))
  app.get(`${SPIRE_WELL_KNOWN}/jwks.json`, async (c) => c.json(await published.spireKey.jwks()))
  app.get(`${SPIRE_WELL_KNOWN}/openid-configuration`, (c) => c.json(spireDiscovery()))
  return app
}

/** K1 and K3 come as bytes, without the charset of the other JSON (contract 0.1). */
async function keyDocument(c: Context<HonoEnv>, key: SigningKey): Promise<Response> {
  c.set('hasBareType', true)
  return c.json(await key.jwks())
}

/** The April server creates a key for each text that a request names as the tenant. */
function tenantBundle({ keys }: PublishedKeys): Handler<HonoEnv> {
  return async (c) => {
    const tenantId = c.req.query('tenant_id')
    if (tenantId) return keyDocument(c, keys.of(tenantId))
    return c.json(problem('BAD_REQUEST', 'tenant_id query parameter is required'), 400)
  }
}

function workspaceBundle({ keys, agents }: PublishedKeys): Handler<HonoEnv> {
  return async (c) => {
    const workspaceId = c.req.query('workspace_id')
    if (!workspaceId) return c.json(problem('BAD_REQUEST', 'workspace_id is required'), 400)
    if (!UUID.test(workspaceId)) {
      return c.json(problem('BAD_REQUEST', 'workspace_id must be a UUID'), 400)
    }
    const known = agents.all.find(({ tenantId }) => tenantId === workspaceId.toLowerCase())
    if (!known) return c.json(problem('NOT_FOUND', 'workspace not found'), 404)
    return keyDocument(c, keys.of(known.tenantId))
  }
}

function problem(code: string, message: string): object {
  return { error: { code, message } }
}

/** The issuer of a server without configuration. No delegation token has it (contract 2.2). */
const ISSUER = 'https://user-flow.authsec.dev'
const claims = ['sub', 'iss', 'aud', 'exp', 'iat', 'spiffe_id']
const common = {
  subject_types_supported: ['public'],
  id_token_signing_alg_values_supported: ['RS256'],
}

function discovery(): object {
  return {
    ...common,
    issuer: ISSUER,
    jwks_uri: `${ISSUER}/.well-known/jwks.json`,
    response_types_supported: ['id_token'],
    scopes_supported: ['openid'],
    claims_supported: [...claims, 'user_id', 'tenant_id', 'email'],
  }
}

/** Its `jwks_uri` names a route that the server does not have (contract 2.2). */
function spireDiscovery(): object {
  return {
    ...common,
    issuer: ISSUER,
    authorization_endpoint: `${ISSUER}/oidc/auth`,
    token_endpoint: `${ISSUER}/oidc/token`,
    jwks_uri: `${ISSUER}/oidc/jwks`,
    introspection_endpoint: `${ISSUER}/oidc/introspect`,
    revocation_endpoint: `${ISSUER}/oidc/revoke`,
    response_types_supported: ['code', 'token', 'id_token'],
    scopes_supported: ['openid', 'profile', 'email', 'spiffe'],
    claims_supported: claims,
    grant_types_supported: [
      'authorization_code',
      'urn:ietf:params:oauth:grant-type:token-exchange',
    ],
  }
}
