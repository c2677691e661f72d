import { type Context, Hono } from 'hono'
import { errors, type JWTPayload } from 'jose'
import type { DelegationStore } from '../delegation/delegation.ts'
import { checkDelegation, type DelegationCheck } from '../delegation/delegation-check.ts'
import type { SigningKey } from '../delegation/signing-keys.ts'
import type { EmulatorSettings } from '../options.ts'
import type { HonoEnv } from '../server/hono-env.ts'
import { vaultMetrics, vaultRecords } from './vault-data.ts'
import { pageOf } from './vault-pages.ts'

const VAULT_AUDIENCE = 'authsec-api'

/**
 * The protected API of the demos. It verifies each bearer token with the tenant's key and reads the
 * permissions from the signed claims.
 */
export function vaultRoutes(
  settings: EmulatorSettings,
  store: DelegationStore,
  key: SigningKey,
): Hono<HonoEnv> {
  const app = new Hono<HonoEnv>()
  const guarded =
    (permission: string, answer: (c: Context<HonoEnv>, permissions: string[]) => Response) =>
    async (c: Context<HonoEnv>): Promise<Response> => {
      const verified = await verifyBearer(c.req.header('authorization'), {
        settings,
        store,
        tenantKey: key,
      })
      if ('problem' in verified) return challenge(c, verified.problem)
      if (!verified.permissions.includes(permission)) return insufficient(c, permission)
      return answer(c, verified.permissions)
    }

  app.get(
    '/secure-vault/metrics',
    guarded('metrics:read', (c) => c.json(vaultMetrics)),
  )
  app.get(
    '/secure-vault/records',
    guarded('records:read', (c, permissions) => {
      const clearance = c.req.query('clearance')
      const visible = vaultRecords.filter(
        (record) =>
          isVisible(record.clearance, permissions) &&
          (clearance === undefined || record.clearance === clearance),
      )
      return c.req.query('limit') === undefined
        ? c.json({ records: visible, total: visible.length })
        : pageOf(c, visible)
    }),
  )
  app.get(
    '/secure-vault/records/:id',
    guarded('records:read', (c, permissions) => {
      const record = vaultRecords.find(({ id }) => id === c.req.param('id'))
      if (!record) return c.json({ error: 'record_not_found' }, 404)
      if (!isVisible(record.clearance, permissions)) return insufficient(c, 'records:restricted')
      return c.json(record)
    }),
  )
  return app
}

function isVisible(clearance: string, permissions: readonly string[]): boolean {
  return clearance !== 'restricted' || permissions.includes('records:restricted')
}

type Verified = { permissions: string[] } | { problem: string | undefined }

async function verifyBearer(header: string | undefined, check: DelegationCheck): Promise<Verified> {
  const token = /^Bearer (\S+)$/.exec(header ?? '')?.[1]
  if (!token) return { problem: undefined }
  try {
    const payload = await checkDelegation(token, check, VAULT_AUDIENCE)
    return { permissions: permissionsOf(payload) }
  } catch (error) {
    return {
      problem:
        error instanceof errors.JWTExpired
          ? 'the token has expired'
          : 'the token is not valid here',
    }
  }
}

function permissionsOf(payload: JWTPayload): string[] {
  const { permissions } = payload
  return Array.isArray(permissions) ? permissions.filter((item) => typeof item === 'string') : []
}

/** A response to a request without a token has no error code (RFC 6750, section 3). */
function challenge(c: Context, problem: string | undefined): Response {
  if (problem === undefined) {
    c.header('www-authenticate', 'Bearer')
    return c.json({ error: 'authentication_required' }, 401)
  }
  c.header('www-authenticate', `Bearer error="invalid_token", error_description="${problem}"`)
  return c.json({ error: 'invalid_token', error_description: problem }, 401)
}

function insufficient(c: Context, permission: string): Response {
  c.header('www-authenticate', `Bearer error="insufficient_scope", scope="${permission}"`)
  return c.json({ error: 'insufficient_scope', required: permission }, 403)
}
