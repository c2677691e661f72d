import { Hono, type MiddlewareHandler } from 'hono'
import { DAY_SECONDS, type Sessions } from '../delegation/sessions.ts'
import type { UserDirectory } from '../delegation/users.ts'
import type { EmulatorSettings } from '../options.ts'
import type { HonoEnv } from '../server/hono-env.ts'
import { jsonFields } from '../server/json-fields.ts'
import type { ApprovalRequest, ApprovalRequests } from './approval-requests.ts'
import * as answers from './ciba-answers.ts'

const ROOT = '/authsec/uflow/auth/ciba'

export interface CibaParts {
  readonly settings: EmulatorSettings
  readonly users: UserDirectory
  readonly approvals: ApprovalRequests
  readonly sessions: Sessions
}

/** The flow by `login_hint` (contract 3.2, 3.3, 3.8), which finds users of any client. */
export function cibaAdminRoutes({
  settings,
  users,
  approvals,
  sessions,
}: CibaParts): Hono<HonoEnv> {
  const isNewer = settings.profile === 'workspace'
  const app = new Hono<HonoEnv>()
  if (isNewer) app.use(`${ROOT}/*`, deprecated)

  app.post(`${ROOT}/initiate`, async (c) => {
    const fields = await jsonFields(c, {
      required: ['login_hint'],
      optional: ['binding_message', 'client_id', 'workspace_id'],
      lists: ['scopes'],
    })
    if ('problem' in fields) return c.json(badBody(fields.problem), 400)
    if (isNewer && !fields.text('workspace_id') && !fields.text('client_id')) {
      const error_description = 'workspace_id or client_id is required'
      return c.json({ error: 'invalid_request', error_description }, 400)
    }
    const user = users.find(fields.text('login_hint'))
    if (!user) return answers.notInitiated(c, 'user_not_found', 400)
    if (!user.deviceId) return answers.notInitiated(c, 'no_device_registered', 200)
    const bindingMessage = fields.text('binding_message')
    if (answers.isTooLong(bindingMessage)) {
      return c.json({ error: 'Failed to initiate CIBA', details: answers.COLUMN_ERROR }, 500)
    }
    const request = approvals.create({
      flow: 'admin',
      user,
      clientId: fields.text('client_id') || undefined,
      bindingMessage,
      scopes: fields.list('scopes') ?? answers.DEFAULT_SCOPES,
    })
    return answers.initiated(c, request)
  })

  app.post(`${ROOT}/token`, async (c) => {
    const fields = await jsonFields(c, { required: ['auth_req_id'], optional: ['client_id'] })
    if ('problem' in fields) return c.json(badBody(fields.problem), 400)
    const request = approvals.find('admin', fields.text('auth_req_id'))
    if (!request) return answers.pollError(c, 'unknown', 400)
    if (
      isNewer &&
      request.clientId !== undefined &&
      request.clientId !== fields.text('client_id')
    ) {
      return answers.notYours(c, 401, 'The request was made by another client')
    }
    const state = approvals.poll(request)
    if (state !== 'approved') return answers.pollError(c, state, POLL_STATUS[state])
    if (request.script === 'consume_then_drop') c.env.loseAnswer()
    const lifetime = isNewer ? DAY_SECONDS : 365 * DAY_SECONDS
    // In this flow the token's client_id is the user's own ID (contract 3.7).
    const token = await sessions.ofUser(request.user, request.user.id, request.scopes, lifetime)
    return answers.approved(c, token, lifetime, request)
  })

  app.post(`${ROOT}/respond`, sessions.guard, async (c) => {
    const fields = await jsonFields(c, {
      required: ['auth_req_id'],
      flags: ['approved', 'biometric_verified'],
    })
    if ('problem' in fields) return c.json(badBody(fields.problem), 400)
    const request = approvals.find('admin', fields.text('auth_req_id'))
    const details = whyNot(request, approvals)
    if (!request || details) return c.json({ error: 'Failed to respond', details }, 400)
    // Whose session it is, the April server does not ask (contract 3.8).
    if (isNewer && c.get('session').sub !== request.user.id) {
      return c.json({ error: 'Failed to respond', details: 'invalid auth_req_id' }, 400)
    }
    request.decision = fields.flag('approved') ? 'approved' : 'denied'
    return c.json({ success: true, message: `Request ${request.decision}` })
  })
  return app
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

function whyNot(
  request: ApprovalRequest | undefined,
  approvals: ApprovalRequests,
): string | undefined {
  if (!request) return 'invalid auth_req_id'
  const status = approvals.statusOf(request)
  if (status === 'expired') return 'request expired'
  return status === 'pending' ? undefined : 'request already processed'
}

/** The newer server tells callers of this flow to leave it (contract 3.1). */
const deprecated: MiddlewareHandler<HonoEnv> = async (c, next) => {
  await next()
  c.header('deprecation', 'true')
  c.header('sunset', 'Thu, 31 Dec 2026 23:59:59 GMT')
  c.header('link', '</authsec/uflow/auth/workspace/ciba/initiate>; rel="successor-version"')
}
