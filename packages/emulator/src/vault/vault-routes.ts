import { type Context, Hono } from 'hono'
import type { DelegationCheck } from '../delegation/delegation-check.ts'
import type { HonoEnv } from '../server/hono-env.ts'
import { forward } from './forward.ts'
import { routeAnswer } from './route-answer.ts'
import { vaultMetrics, vaultRecords } from './vault-data.ts'
import { inEnvelope } from './vault-envelope.ts'
import { insufficient, type VaultCaller, verifyCaller } from './vault-guard.ts'
import { pageOf } from './vault-pages.ts'

type Answer = (c: Context<HonoEnv>, caller: VaultCaller) => Response

/** The paths of the protected API. */
export const VAULT_PATH = '/secure-vault/'

/**
 * The protected API of the demos, with the operations that a developer adds. It verifies each bearer token
 * with the tenant's key and reads the permissions from the signed claims.
 */
export function vaultRoutes(check: DelegationCheck): Hono<HonoEnv> {
  const { settings } = check
  const app = new Hono<HonoEnv>()
  for (const route of settings.routes) {
    app.on(route.method ?? 'GET', VAULT_PATH.slice(0, -1) + route.path, async (c) => {
      const caller = await verifyCaller(c, check, route.permission)
      return caller instanceof Response ? caller : routeAnswer(c, route, caller)
    })
  }
  const target = settings.forward
  if (target === undefined) return app.route(VAULT_PATH, demoRoutes(check))
  return app.all(`${VAULT_PATH}*`, async (c) => {
    const caller = await verifyCaller(c, check)
    if (caller instanceof Response) return caller
    return forward(c, target, { root: VAULT_PATH, clock: settings.clock })
  })
}

function demoRoutes(check: DelegationCheck): Hono<HonoEnv> {
  const app = new Hono<HonoEnv>()
  const guarded = (permission: string, answer: Answer) => async (c: Context<HonoEnv>) => {
    const caller = await verifyCaller(c, check, permission)
    if (caller instanceof Response) return caller
    const response = answer(c, caller)
    return check.settings.vaultEnvelope ? inEnvelope(response) : response
  }
  app.get(
    '/metrics',
    guarded('metrics:read', (c) => c.json(vaultMetrics)),
  )
  app.get('/records', guarded('records:read', listRecords))
  app.get('/records/:id', guarded('records:read', oneRecord))
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
