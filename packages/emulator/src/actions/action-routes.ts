import { type Context, Hono } from 'hono'
import type { Devices, Flow } from '../ciba/devices.ts'
import { type Sessions, tenantOf } from '../delegation/sessions.ts'
import type { EmulatorSettings } from '../options.ts'
import type { HonoEnv } from '../server/hono-env.ts'
import { type JsonFields, jsonFields } from '../server/json-fields.ts'
import { actionRow, evaluation, statusAnswer, UNKNOWN_ACTION } from './action-answers.ts'
import { type ActionRequests, pushMessage } from './action-requests.ts'

const ROOT = '/authsec/uflow/agent/actions'

interface ActionParts {
  readonly settings: EmulatorSettings
  readonly sessions: Sessions
  readonly actions: ActionRequests
  readonly devices: Readonly<Record<Flow, Devices>>
}

/** The agent action guard: agents ask about an action, and people decide about risky ones (contract 6). */
export function actionRoutes(parts: ActionParts): Hono<HonoEnv> {
  const { guard } = parts.sessions
  const app = new Hono<HonoEnv>()
  app.post(`${ROOT}/evaluate`, guard, (c) => evaluate(c, parts))
  app.get(`${ROOT}/status`, guard, (c) => status(c, parts))
  app.post(`${ROOT}/respond`, guard, (c) => respond(c, parts))
  app.get(`${ROOT}/pending`, guard, (c) => {
    const actions = parts.actions.pendingOf(userOf(c)).map((one) => actionRow(one, parts.settings))
    return c.json({ count: actions.length, actions })
  })
  return app
}

function userOf(c: Context<HonoEnv>): string {
  return String(c.get('session').sub)
}

async function evaluate(c: Context<HonoEnv>, parts: ActionParts): Promise<Response> {
  const fields = await jsonFields(c, {
    required: ['client_id', 'agent_id', 'action', 'resource', 'user_email'],
    optional: ['agent_name', 'agent_framework', 'session_id', 'detail'],
    objects: ['metadata'],
  })
  if ('problem' in fields) return badBody(c, fields.problem)
  const request = parts.actions.create(newAction(c, fields, parts))
  c.env.facts.clientId = fields.text('client_id')
  c.env.facts.bindingMessage = pushMessage(request)
  return c.json(evaluation(request, parts.settings))
}

/** The session says who asks. `user_email` only takes the place of an address that the session lacks. */
function newAction(
  c: Context<HonoEnv>,
  fields: JsonFields,
  { devices }: ActionParts,
): Parameters<ActionRequests['create']>[0] {
  const session = c.get('session')
  return {
    tenantId: tenantOf(session),
    userId: userOf(c),
    userEmail: String(session['email_id'] ?? fields.text('user_email')),
    deviceId: devices.tenant.of(userOf(c))[0]?.id,
    agentId: fields.text('agent_id'),
    agentName: fields.text('agent_name'),
    agentFramework: fields.text('agent_framework'),
    sessionId: fields.text('session_id'),
    action: fields.text('action'),
    resource: fields.text('resource'),
    detail: fields.text('detail'),
    metadata: fields.object('metadata'),
  }
}

/** The status is 200 for an unknown action too, and 400 only without an ID. */
function status(c: Context<HonoEnv>, { actions }: ActionParts): Response {
  const action_req_id = c.req.query('action_req_id') ?? ''
  if (action_req_id === '') return c.json({ error: 'action_req_id is required' }, 400)
  const request = actions.find(action_req_id)
  if (!request) return c.json(UNKNOWN_ACTION)
  c.env.facts.bindingMessage = pushMessage(request)
  const state = actions.poll(request)
  const isFirstAnswer = state === 'approved' && request.polls === 1
  if (isFirstAnswer && request.script === 'consume_then_drop') c.env.dropResponse()
  return c.json(statusAnswer(request, state))
}

/** The April server lets every user respond to every action. */
async function respond(c: Context<HonoEnv>, { actions }: ActionParts): Promise<Response> {
  const fields = await jsonFields(c, {
    required: ['action_req_id'],
    optional: ['reason'],
    flags: ['approved', 'biometric_verified'],
  })
  if ('problem' in fields) return badBody(c, fields.problem)
  const request = actions.find(fields.text('action_req_id'))
  if (!request) return c.json({ success: false, message: UNKNOWN_ACTION.error_description })
  c.env.facts.bindingMessage = pushMessage(request)
  const state = actions.statusOf(request)
  if (state !== 'pending') {
    return c.json({ success: false, message: `The action is ${state}, not pending` })
  }
  actions.respond(request, fields.flag('approved'))
  const { receivedApprovals: received, risk } = request
  const count = `${received} of ${risk.requiredApprovals} approvals`
  const message = request.status === 'pending' ? count : `Action ${request.status}`
  return c.json({ success: true, message })
}

function badBody(c: Context<HonoEnv>, details: string): Response {
  return c.json({ error: 'Invalid request body', details }, 400)
}
