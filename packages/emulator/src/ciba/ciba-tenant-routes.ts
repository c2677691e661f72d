import { type Context, Hono } from 'hono'
import { DAY_SECONDS } from '../delegation/sessions.ts'
import type { User } from '../delegation/users.ts'
import { tenantField } from '../options.ts'
import { isBasicClient } from '../server/client-authentication.ts'
import type { HonoEnv } from '../server/hono-env.ts'
import { type JsonFields, jsonFields } from '../server/json-fields.ts'
import { UUID } from '../support/uuid.ts'
import type { ApprovalRequest } from './approval-requests.ts'
import type { CibaParts } from './ciba-admin-routes.ts'
import * as answers from './ciba-answers.ts'

/**
 * The flow by `client_id` and `email` (contract 3.4, 3.5, 3.8). The newer server has it under
 * another path, asks for Basic client authentication and finds users by workspace (3.9).
 */
export function cibaTenantRoutes({
  settings,
  users,
  approvals,
  sessions,
}: CibaParts): Hono<HonoEnv> {
  const isNewer = settings.profile === 'workspace'
  const root = `/authsec/uflow/auth/${isNewer ? 'workspace' : 'tenant'}/ciba`
  const app = new Hono<HonoEnv>()

  app.post(`${root}/initiate`, async (c) => {
    const refusal = refuseClient(c)
    if (refusal) return refusal
    const fields = await jsonFields(c, {
      required: isNewer ? ['email'] : ['client_id', 'email'],
      optional: ['client_id', 'binding_message', 'tenant_domain'],
      lists: ['scopes'],
    })
    if ('problem' in fields) return c.json({ error: fields.problem }, 400)
    const email = fields.text('email')
    if (!/^[^\s@]+@[^\s@]+$/.test(email)) {
      return c.json({ error: "Field validation for 'email' failed on the 'email' tag" }, 400)
    }
    if (!isKnownClient(fields)) return answers.notInitiated(c, 'invalid_client', 400)
    const user = isNewer ? users.find(email) : users.find(email, fields.text('client_id'))
    if (!user) return answers.notInitiated(c, 'user_not_found', 400)
    if (!user.deviceId) return answers.notInitiated(c, 'no_device_registered', 400)
    if (answers.isTooLong(fields.text('binding_message'))) {
      return c.json({ error: answers.COLUMN_ERROR }, 500)
    }
    return answers.initiated(c, approvals.create(newRequest(fields, user)))
  })

  app.post(`${root}/token`, async (c) => {
    const refusal = refuseClient(c)
    if (refusal) return refusal
    const fields = await jsonFields(c, {
      required: isNewer ? ['auth_req_id'] : ['auth_req_id', 'client_id'],
      optional: ['client_id'],
    })
    if ('problem' in fields) return c.json({ error: fields.problem }, 400)
    if (!isKnownClient(fields)) return answers.notYours(c, 400, 'The client is not known')
    // Any client of the tenant may poll any request (contract 3.6).
    const request = approvals.find('tenant', fields.text('auth_req_id'))
    if (!request) return answers.pollError(c, 'unknown', 400)
    const state = approvals.poll(request)
    if (state !== 'approved') return answers.pollError(c, state, state === 'pending' ? 202 : 400)
    if (request.script === 'consume_then_drop') c.env.loseAnswer()
    const { user, clientId = settings.cibaClientId, scopes } = request
    const token = await sessions.ofUser(user, clientId, scopes, DAY_SECONDS)
    return answers.approved(c, token, DAY_SECONDS, request)
  })

  app.post(`${root}/respond`, sessions.guard, async (c) => {
    const fields = await jsonFields(c, {
      required: ['auth_req_id'],
      flags: ['approved', 'biometric_verified'],
    })
    if ('problem' in fields) return c.json({ error: fields.problem }, 400)
    const request = approvals.find('tenant', fields.text('auth_req_id'))
    const isOwner = request?.user.id === c.get('session').sub
    if (!request || !isOwner || approvals.statusOf(request) !== 'pending') {
      return c.json({ success: false, message: 'Request not found or no longer pending' })
    }
    request.decision = fields.flag('approved') ? 'approved' : 'denied'
    return c.json({ success: true, message: `Request ${request.decision}` })
  })

  app.get(`${root}/requests`, sessions.guard, (c) => {
    const own = approvals.all.filter(
      (request) =>
        request.flow === 'tenant' &&
        request.user.id === c.get('session').sub &&
        approvals.statusOf(request) === 'pending',
    )
    const rows = own.map((request) => ({ ...row(request), ...tenantField(settings) }))
    return c.json({ success: true, requests: rows })
  })
  return app

  function refuseClient(c: Context): Response | undefined {
    if (!isNewer || isBasicClient(c.req.header('authorization'), settings)) return undefined
    c.header('www-authenticate', 'Basic realm="authsec"')
    return answers.notYours(c, 401, 'Client authentication failed')
  }

  /** The newer server has authenticated it already; a client ID in the body is then no news. */
  function isKnownClient(fields: JsonFields): boolean {
    const clientId = fields.text('client_id')
    if (isNewer) return clientId === '' || clientId === settings.cibaClientId
    return UUID.test(clientId) && users.knowsClient(clientId.toLowerCase())
  }

  function newRequest(fields: JsonFields, user: User): Parameters<typeof approvals.create>[0] {
    return {
      flow: 'tenant',
      user,
      clientId: fields.text('client_id') || settings.cibaClientId,
      bindingMessage: fields.text('binding_message'),
      scopes: fields.list('scopes') ?? answers.DEFAULT_SCOPES,
    }
  }
}

/** A request as its user's device lists it: epoch seconds, absent fields left out. */
function row(request: ApprovalRequest): object {
  const createdAt = Math.floor(request.createdAt / 1000)
  return {
    id: request.id,
    auth_req_id: request.authReqId,
    user_id: request.user.id,
    user_email: request.user.email,
    client_id: request.clientId,
    device_token_id: request.user.deviceId,
    binding_message: request.bindingMessage || undefined,
    scopes: request.scopes,
    status: request.decision,
    biometric_verified: false,
    expires_at: createdAt + 300,
    created_at: createdAt,
  }
}
