import { type Context, Hono } from 'hono'
import { DAY_SECONDS } from '../delegation/sessions.ts'
import type { User } from '../delegation/users.ts'
import { tenantField } from '../options.ts'
import { isBasicClient } from '../server/client-authentication.ts'
import type { HonoEnv } from '../server/hono-env.ts'
import { type JsonFields, jsonFields } from '../server/json-fields.ts'
import { parseUuid } from '../support/uuid.ts'
import { type ApprovalRequest, noteRequest } from './approval-requests.ts'
import * as answers from './ciba-answers.ts'
import type { CibaParts } from './ciba-parts.ts'
import { EXPIRES_IN_SECONDS } from './decidable-request.ts'
import { deviceRoutes } from './device-routes.ts'
import {
  notificationFields,
  notificationTokenOf,
  rejectNotificationToken,
} from './notification-token.ts'

/**
 * The flow by `client_id` and `email` (contract 3.4, 3.5, 3.8). The newer server has it at another
 * path, requires Basic client authentication and finds users by workspace (contract 3.9).
 */
export function cibaTenantRoutes(parts: CibaParts): Hono<HonoEnv> {
  const root = `/authsec/uflow/auth/${isNewer(parts) ? 'workspace' : 'tenant'}/ciba`
  const app = new Hono<HonoEnv>()
  app.post(`${root}/initiate`, async (c) => rejectClient(c, parts) ?? initiate(c, parts))
  app.post(`${root}/token`, async (c) => rejectClient(c, parts) ?? poll(c, parts))
  app.post(`${root}/respond`, parts.sessions.guard, (c) => respond(c, parts))
  app.get(`${root}/requests`, parts.sessions.guard, (c) => pendingRequests(c, parts))
  app.route('/', deviceRoutes(root, 'tenant', parts))
  return app
}

function isNewer({ settings }: CibaParts): boolean {
  return settings.profile === 'workspace'
}

/** The error response for a client that the newer server cannot authenticate. */
function rejectClient(c: Context<HonoEnv>, parts: CibaParts): Response | undefined {
  if (!isNewer(parts) || isBasicClient(c.req.header('authorization'), parts.settings)) {
    return undefined
  }
  c.header('www-authenticate', 'Basic realm="authsec"')
  return answers.clientError(c, 401, 'Client authentication failed')
}

/** The newer server has authenticated the client already, so a client ID in the body may be absent. */
function isKnownClient(fields: JsonFields, parts: CibaParts): boolean {
  if (isNewer(parts)) return ['', parts.settings.cibaClientId].includes(fields.text('client_id'))
  const clientId = clientOf(fields)
  if (clientId === undefined) return false
  return parts.users.knowsClient(clientId) || parts.agents.find(clientId) !== undefined
}

/** This flow compares UUIDs, so each form of the ID works (contract 1.1 is about texts). */
function clientOf(fields: JsonFields): string | undefined {
  return parseUuid(fields.text('client_id'))?.uuid
}

async function initiate(c: Context<HonoEnv>, parts: CibaParts): Promise<Response> {
  const fields = await jsonFields(c, {
    required: isNewer(parts) ? ['email'] : ['client_id', 'email'],
    optional: [
      ...['client_id', 'binding_message', 'tenant_domain'],
      ...notificationFields(parts.settings),
    ],
    lists: ['scopes'],
  })
  if ('problem' in fields) return c.json({ error: fields.problem }, 400)
  const rejected = rejectNotificationToken(c, fields, parts.settings)
  if (rejected) return rejected
  const email = fields.text('email')
  if (!/^[^\s@]+@[^\s@]+$/.test(email)) {
    return c.json({ error: "Field validation for 'email' failed on the 'email' tag" }, 400)
  }
  if (!isKnownClient(fields, parts)) return answers.initiateError(c, 'invalid_client', 400)
  const user = parts.users.find(email, isNewer(parts) ? undefined : clientOf(fields))
  if (!user) return answers.initiateError(c, 'user_not_found', 400)
  const [device] = parts.devices.tenant.of(user.id)
  if (!device) return answers.initiateError(c, 'no_device_registered', 400)
  if (answers.isTooLong(fields.text('binding_message'))) {
    return c.json({ error: answers.COLUMN_ERROR }, 500)
  }
  const request = createRequest(fields, user, device.id, parts)
  noteRequest(c, request)
  return answers.initiateResponse(c, request)
}

function createRequest(
  fields: JsonFields,
  user: User,
  deviceId: string,
  parts: CibaParts,
): ApprovalRequest {
  const asked = {
    ...({ flow: 'tenant', user, deviceId } as const),
    clientId: clientOf(fields) ?? parts.settings.cibaClientId,
    bindingMessage: fields.text('binding_message'),
    scopes: answers.scopesOf(fields),
  }
  return parts.approvals.create(asked, notificationTokenOf(fields, parts.settings))
}

async function poll(c: Context<HonoEnv>, parts: CibaParts): Promise<Response> {
  const fields = await jsonFields(c, {
    required: isNewer(parts) ? ['auth_req_id'] : ['auth_req_id', 'client_id'],
    optional: ['client_id'],
  })
  if ('problem' in fields) return c.json({ error: fields.problem }, 400)
  if (!isKnownClient(fields, parts)) return answers.clientError(c, 400, 'The client is not known')
  // Any client of the tenant may poll any request (contract 3.6).
  const request = parts.approvals.find('tenant', fields.text('auth_req_id'))
  if (!request) return answers.pollError(c, 'unknown', 400)
  noteRequest(c, request)
  const state = parts.approvals.poll(request, c.env.reuseApproval)
  if (state !== 'approved') return answers.pollError(c, state, state === 'pending' ? 202 : 400)
  if (request.script === 'consume_then_drop') c.env.dropResponse()
  const { user, clientId = parts.settings.cibaClientId, scopes } = request
  const token = await parts.sessions.ofUser(user, clientId, scopes, DAY_SECONDS)
  return answers.tokenResponse(c, token, DAY_SECONDS, request)
}

async function respond(c: Context<HonoEnv>, { approvals }: CibaParts): Promise<Response> {
  const fields = await jsonFields(c, {
    required: ['auth_req_id'],
    flags: ['approved', 'biometric_verified'],
  })
  if ('problem' in fields) return c.json({ error: fields.problem }, 400)
  const request = approvals.find('tenant', fields.text('auth_req_id'))
  if (request) noteRequest(c, request)
  const isOwner = request?.user.id === c.get('session').sub
  if (!request || !isOwner || approvals.statusOf(request) !== 'pending') {
    return c.json({ success: false, message: 'Request not found or no longer pending' })
  }
  const decision = fields.flag('approved') ? 'approved' : 'denied'
  approvals.decide(request, decision)
  return c.json({ success: true, message: `Request ${decision}` })
}

function pendingRequests(c: Context<HonoEnv>, { approvals, settings }: CibaParts): Response {
  const own = approvals.all.filter(
    (request) =>
      request.flow === 'tenant' &&
      request.user.id === c.get('session').sub &&
      approvals.statusOf(request) === 'pending',
  )
  const requests = own.map((request) => ({
    ...row(request),
    ...tenantField(settings, settings.tenantId),
  }))
  return c.json({ success: true, requests })
}

/** A request in the list of its user's device: times in epoch seconds, without absent fields. */
function row(request: ApprovalRequest): object {
  const createdAt = Math.floor(request.createdAt / 1000)
  return {
    id: request.id,
    auth_req_id: request.authReqId,
    user_id: request.user.id,
    user_email: request.user.email,
    client_id: request.clientId,
    device_token_id: request.deviceId,
    binding_message: request.bindingMessage || undefined,
    scopes: request.scopes,
    status: request.status,
    biometric_verified: false,
    expires_at: createdAt + EXPIRES_IN_SECONDS,
    created_at: createdAt,
  }
}
