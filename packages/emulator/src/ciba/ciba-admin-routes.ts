import { type Context, Hono, type MiddlewareHandler } from 'hono'
import { DAY_SECONDS } from '../delegation/sessions.ts'
import type { HonoEnv } from '../server/hono-env.ts'
import { jsonFields } from '../server/json-fields.ts'
import { parseUuid } from '../support/uuid.ts'
import { type ApprovalRequest, type ApprovalRequests, noteRequest } from './approval-requests.ts'
import * as answers from './ciba-answers.ts'
import type { CibaParts } from './ciba-parts.ts'
import { deviceRoutes } from './device-routes.ts'
import {
  notificationFields,
  notificationTokenOf,
  rejectNotificationToken,
} from './notification-token.ts'

const ROOT = '/authsec/uflow/auth/ciba'

/** The flow by `login_hint` (contract 3.2, 3.3, 3.8), which finds the users of every client. */
export function cibaAdminRoutes(parts: CibaParts): Hono<HonoEnv> {
  const app = new Hono<HonoEnv>()
  if (isNewer(parts)) app.use(`${ROOT}/*`, addDeprecationHeaders)
  app.post(`${ROOT}/initiate`, (c) => initiate(c, parts))
  app.post(`${ROOT}/token`, (c) => poll(c, parts))
  app.post(`${ROOT}/respond`, parts.sessions.guard, (c) => respond(c, parts))
  app.route('/', deviceRoutes(ROOT, 'admin', parts))
  return app
}

function isNewer({ settings }: CibaParts): boolean {
  return settings.profile === 'workspace'
}

async function initiate(c: Context<HonoEnv>, parts: CibaParts): Promise<Response> {
  const fields = await jsonFields(c, {
    required: ['login_hint'],
    optional: [
      ...['binding_message', 'client_id', 'workspace_id'],
      ...notificationFields(parts.settings),
    ],
    lists: ['scopes'],
  })
  if ('problem' in fields) return c.json(badBody(fields.problem), 400)
  if (isNewer(parts) && !fields.text('workspace_id') && !fields.text('client_id')) {
    const error_description = 'workspace_id or client_id is required'
    return c.json({ error: 'invalid_request', error_description }, 400)
  }
  const rejected = rejectNotificationToken(c, fields, parts.settings)
  if (rejected) return rejected
  const user = parts.users.find(fields.text('login_hint'))
  if (!user) return answers.initiateError(c, 'user_not_found', 400)
  const [device] = parts.devices.admin.of(user.id)
  if (!device) return answers.initiateError(c, 'no_device_registered', 200)
  const bindingMessage = fields.text('binding_message')
  if (answers.isTooLong(bindingMessage)) {
    return c.json({ error: 'Failed to initiate CIBA', details: answers.COLUMN_ERROR }, 500)
  }
  const asked = {
    ...({ flow: 'admin', user, bindingMessage } as const),
    // A malformed ID is dropped without an error (contract 3.2).
    clientId: parseUuid(fields.text('client_id'))?.uuid,
    deviceId: device.id,
    scopes: answers.scopesOf(fields),
  }
  const request = parts.approvals.create(asked, notificationTokenOf(fields, parts.settings))
  noteRequest(c, request)
  return answers.initiateResponse(c, request)
}

async function poll(c: Context<HonoEnv>, parts: CibaParts): Promise<Response> {
  const fields = await jsonFields(c, { required: ['auth_req_id'], optional: ['client_id'] })
  if ('problem' in fields) return c.json(badBody(fields.problem), 400)
  const request = parts.approvals.find('admin', fields.text('auth_req_id'))
  if (!request) return answers.pollError(c, 'unknown', 400)
  noteRequest(c, request)
  const { clientId = fields.text('client_id') } = request
  if (isNewer(parts) && clientId !== fields.text('client_id')) {
    return answers.clientError(c, 401, 'The request was made by another client')
  }
  const state = parts.approvals.poll(request, c.env.reuseApproval)
  if (state !== 'approved') return answers.pollError(c, state, POLL_STATUS[state])
  if (request.script === 'consume_then_drop') c.env.dropResponse()
  const lifetime = isNewer(parts) ? DAY_SECONDS : 365 * DAY_SECONDS
  const { user, scopes } = request
  // In this flow the token's client_id is the user's own ID (contract 3.7).
  const token = await parts.sessions.ofUser(user, user.id, scopes, lifetime)
  return answers.tokenResponse(c, token, lifetime, request)
}

async function respond(c: Context<HonoEnv>, parts: CibaParts): Promise<Response> {
  const fields = await jsonFields(c, {
    required: ['auth_req_id'],
    flags: ['approved', 'biometric_verified'],
  })
  if ('problem' in fields) return c.json(badBody(fields.problem), 400)
  const request = parts.approvals.find('admin', fields.text('auth_req_id'))
  if (request) noteRequest(c, request)
  const details = respondProblem(request, parts.approvals)
  if (!request || details) return c.json({ error: 'Failed to respond', details }, 400)
  // The April server accepts the session of any user here (contract 3.8).
  if (isNewer(parts) && c.get('session').sub !== request.user.id) {
    return c.json({ error: 'Failed to respond', details: 'invalid auth_req_id' }, 400)
  }
  const decision = fields.flag('approved') ? 'approved' : 'denied'
  parts.approvals.decide(request, decision)
  return c.json({ success: true, message: `Request ${decision}` })
}

const POLL_STATUS = {
  pending: 200,
  slow_down: 400,
  denied: 403,
  expired: 400,
  consumed: 400,
} as const

function badBody(details: string): object {
  return { error: 'Invalid request body', details }
}

function respondProblem(
  request: ApprovalRequest | undefined,
  approvals: ApprovalRequests,
): string | undefined {
  if (!request) return 'invalid auth_req_id'
  const status = approvals.answeredStatus(request)
  if (status === 'expired') return 'request expired'
  return status === 'pending' ? undefined : 'request already processed'
}

/** The newer server marks this flow as deprecated (contract 3.1). */
const addDeprecationHeaders: MiddlewareHandler<HonoEnv> = async (c, next) => {
  await next()
  c.header('deprecation', 'true')
  c.header('sunset', 'Thu, 31 Dec 2026 23:59:59 GMT')
  c.header('link', '</authsec/uflow/auth/workspace/ciba/initiate>; rel="successor-version"')
}
