import { vaultMetrics, vaultRecords } from '@authsec/emulator/vault-data'
import {
  createDelegationVerifier,
  type DelegationClaims,
  delegationOf,
  honoBearer,
  VerificationError,
} from '@authsec/verify'
import { type Context, Hono } from 'hono'

export interface VaultAppOptions {
  /** The URL of this API, ending in `/`. */
  publicUrl: string
  authSecUrl: string
  tenantId: string
  audience: string
}

const METADATA_PATH = '.well-known/oauth-protected-resource'

/**
 * Creates the vault API: metrics require `metrics:read`, records `records:read`, and restricted records
 * `records:restricted` in addition. Throws a `ConfigError` when an option is wrong.
 */
export function createVaultApp(options: VaultAppOptions): Hono {
  const { publicUrl, authSecUrl, tenantId, audience } = options
  const resourceMetadataUrl = publicUrl + METADATA_PATH
  const verifier = createDelegationVerifier({ authSecUrl, tenantId, audience, resourceMetadataUrl })
  const canReadMetrics = honoBearer(verifier, { permissions: ['metrics:read'] })
  const canReadRecords = honoBearer(verifier, { permissions: ['records:read'] })

  const app = new Hono()
  app.get(`/${METADATA_PATH}`, (c) =>
    c.json({
      resource: publicUrl,
      authorization_servers: [authSecUrl],
      bearer_methods_supported: ['header'],
      scopes_supported: ['metrics:read', 'records:read', 'records:restricted'],
    }),
  )
  app.get('/metrics', canReadMetrics, (c) => c.json(vaultMetrics))
  app.get('/records', canReadRecords, (c) => {
    const clearance = c.req.query('clearance')
    const records = vaultRecords.filter(
      (record) =>
        maySee(delegationOf(c), record) &&
        (clearance === undefined || record.clearance === clearance),
    )
    return c.json({ records, total: records.length })
  })
  app.get('/records/:id', canReadRecords, (c) => {
    const record = vaultRecords.find(({ id }) => id === c.req.param('id'))
    if (!record) return c.json({ error: 'record_not_found' }, 404)
    if (!maySee(delegationOf(c), record)) return rejectRestricted(c, resourceMetadataUrl)
    return c.json(record)
  })
  app.notFound((c) => c.json({ error: 'not_found' }, 404))
  return app
}

function maySee(claims: DelegationClaims, record: { clearance: string }): boolean {
  return record.clearance !== 'restricted' || claims.permissions.includes('records:restricted')
}

/** The middleware cannot know which record needs this permission; the response is the same as its own. */
function rejectRestricted(c: Context, resourceMetadataUrl: string): Response {
  const error = new VerificationError({
    code: 'insufficient_permission',
    permissions: ['records:restricted'],
    resourceMetadataUrl,
  })
  c.header('www-authenticate', error.challenge)
  return c.json({ error: error.code, error_description: error.message }, 403)
}
