import { type Context, Hono } from 'hono'
import type { DelegationCheck } from '../delegation/delegation-check.ts'
import type { HonoEnv } from '../server/hono-env.ts'
import { vaultMetrics, vaultRecords } from './vault-data.ts'
import { inEnvelope } from './vault-envelope.ts'
import { insufficient, type VaultCaller, verifyCaller } from './vault-guard.ts'
import { pageOf } from './vault-pages.ts'

type Answer = (c: Context<HonoEnv>, caller: VaultCaller) => Response

/**
 * The protected API of the demos. It verifies each bearer token with the tenant's key and reads the
 * permissions from the signed claims.
 */
export function vaultRoutes(check: DelegationCheck): Hono<HonoEnv> {
  const app = new Hono<HonoEnv>()
  const guarded = (permission: string, answer: Answer) => async (c: Context<HonoEnv>) => {
    const caller = await verifyCaller(c, check, permission)
    if (caller instanceof Response) return caller
    const response = answer(c, caller)
    return check.settings.vaultEnvelope ? inEnvelope(response) : response
  }
  app.get(
    '/secure-vault/metrics',
    guarded('metrics:read', (c) => c.json(vaultMetrics)),
  )
  app.get('/secure-vault/records', guarded('records:read', listRecords))
  app.get('/secure-vault/records/:id', guarded('records:read', oneRecord))
  return app
}

function listRecords(c: Context<HonoEnv>, { permissions }: VaultCaller): Response {
  const clearance = c.req.query('clearance')
  const visible = vaultRecords.filter(
    (record) =>
      isVisible(record.clearance, permissions) &&
      (clearance === undefined || record.clearance === clearance),
  )
  return c.req.query('limit') === undefined
    ? c.json({ records: visible, total: visible.length })
    : pageOf(c, visible)
}

function oneRecord(c: Context<HonoEnv>, { permissions }: VaultCaller): Response {
  const record = vaultRecords.find(({ id }) => id === c.req.param('id'))
  if (!record) return c.json({ error: 'record_not_found' }, 404)
  if (!isVisible(record.clearance, permissions)) return insufficient(c, 'records:restricted')
  return c.json(record)
}

function isVisible(clearance: string, permissions: readonly string[]): boolean {
  return clearance !== 'restricted' || permissions.includes('records:restricted')
}
