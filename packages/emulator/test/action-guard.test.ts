import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import type { EmulatorOptions } from '../src/index.ts'
import { runCommand } from '../src/terminal.ts'
import {
  bearer,
  clockAt,
  delegationOf,
  inProcess,
  json,
  overHttp,
  read,
  type TestServer,
  transports,
} from './test-server.ts'

const ROOT = '/authsec/uflow/agent/actions'
const USER = 'approver@example.com'
const START = Date.UTC(2026, 10, 23)

type Answer = ReturnType<typeof read>

/** The calls of one user's session. */
async function session(server: TestServer, email = USER) {
  const authorization = `Bearer ${await server.control.userToken(email)}`
  const headers = { authorization }
  const post = (call: string, body: unknown): Answer =>
    read(server.get(`${ROOT}/${call}`, json(body, headers)))
  return {
    evaluate: (fields: object = {}): Answer => post('evaluate', actionOf(server, fields)),
    respond: (action_req_id: unknown, fields: object = { approved: true }): Answer =>
      post('respond', { action_req_id, ...fields }),
    status: (id: unknown): Answer =>
      read(
        server.get(`${ROOT}/status?action_req_id=${encodeURIComponent(String(id))}`, { headers }),
      ),
    pending: (): Answer => read(server.get(`${ROOT}/pending`, { headers })),
  }
}

function actionOf(server: TestServer, fields: object = {}): object {
  return {
    client_id: server.clientId,
    agent_id: 'agent-1',
    action: 'UPDATE',
    resource: 'orders',
    user_email: USER,
    ...fields,
  }
}

describe.each(transports)('the action guard %s', (_name, start) => {
  test('asks a person about a risky action, and answers when the person approved', async () => {
    await using server = await start()
    const { evaluate, status, respond, pending } = await session(server)
    const asked = await evaluate({ agent_name: 'Billing', detail: 'Change 3 orders' })
    expect(asked).toMatchObject({
      status: 200,
      body: {
        action_req_id: expect.stringMatching(/^act_[\w-]{43}=$/),
        status: 'pending',
        risk_score: 45,
        risk_level: 'medium',
        approval_type: 'single',
        expires_in: 300,
        interval: 5,
        message: expect.any(String),
      },
    })
    const id = asked.body['action_req_id']
    expect(await status(id)).toMatchObject({
      status: 200,
      body: { action_req_id: id, status: 'pending', error: 'authorization_pending' },
    })
    expect((await pending()).body).toMatchObject({ count: 1, actions: [{ action_req_id: id }] })
    expect(await respond(id)).toMatchObject({ status: 200, body: { success: true } })
    const approved = await status(id)
    expect(approved.body).toEqual({
      ...{ action_req_id: id, status: 'approved', decision: 'approved' },
      ...{ risk_score: 45, risk_level: 'medium' },
    })
    // The server does not use an approval of an action up.
    expect((await status(id)).body).toEqual(approved.body)
    expect((await pending()).body).toEqual({ count: 0, actions: [] })
  })

  test('approves an action of little risk at once, without asking anybody', async () => {
    await using server = await start()
    const { evaluate, status, respond, pending } = await session(server)
    const { body } = await evaluate({ action: 'READ' })
    expect(body).toMatchObject({ status: 'auto_approved', approval_type: 'auto', risk_score: 10 })
    expect(body).not.toHaveProperty('expires_in')
    expect(body).not.toHaveProperty('interval')
    const id = body['action_req_id']
    expect((await status(id)).body).toMatchObject({
      status: 'auto_approved',
      decision: 'approved',
    })
    expect((await pending()).body['count']).toBe(0)
    expect((await respond(id, { approved: false })).body['success']).toBe(false)
    expect((await status(id)).body['status']).toBe('auto_approved')
  })
})

const denials: readonly [string, object][] = [
  ['approved: false', { approved: false, reason: 'Not today' }],
  ['no field approved', {}],
  ['approved: null', { approved: null }],
]

test.each(denials)('a response with %s denies the action', async (_name, fields) => {
  await using server = await overHttp()
  const { evaluate, status, respond } = await session(server)
  const id = (await evaluate()).body['action_req_id']
  expect((await respond(id, fields)).body['success']).toBe(true)
  expect(await status(id)).toMatchObject({
    status: 200,
    body: { status: 'denied', decision: 'denied', error: 'access_denied' },
  })
  expect((await respond(id)).body['success']).toBe(false)
  expect((await status(id)).body['status']).toBe('denied')
})

describe('the thresholds of the risk score', () => {
  test.each([
    [0, 'low', 'auto', 'auto_approved'],
    [30, 'low', 'auto', 'auto_approved'],
    [31, 'medium', 'single', 'pending'],
    [60, 'medium', 'single', 'pending'],
    [61, 'high', 'single', 'pending'],
    [80, 'high', 'single', 'pending'],
    [81, 'critical', 'multi', 'pending'],
    [100, 'critical', 'multi', 'pending'],
  ])('a score of %i is %s, with the approval %s', async (score, level, type, status) => {
    await using server = await inProcess()
    server.control.setRiskScore(score)
    const { evaluate } = await session(server)
    expect((await evaluate({ action: 'READ' })).body).toMatchObject({
      ...{ risk_score: score, risk_level: level, approval_type: type, status },
    })
  })

  test('setRiskScore without a score lets the emulator compute the next ones again', async () => {
    await using server = await inProcess()
    const { evaluate } = await session(server)
    server.control.setRiskScore(99)
    expect((await evaluate()).body['risk_score']).toBe(99)
    server.control.setRiskScore()
    expect((await evaluate()).body['risk_score']).toBe(45)
  })
})

describe('the risk score', () => {
  test.each<[object, number]>([
    [{ action: 'READ' }, 10],
    [{ action: 'list_orders' }, 10],
    [{ action: 'INSERT' }, 30],
    [{ action: 'Edit' }, 45],
    [{ action: 'SEND_EMAIL' }, 50],
    [{ action: 'ship' }, 50],
    [{ action: 'drop' }, 70],
    [{ action: 'MIGRATE' }, 75],
    [{ action: 'TRANSFER_MONEY' }, 80],
    // The first row that matches counts, wherever the word stands, as on the server.
    [{ action: 'DELETE_BUDGET' }, 10],
    [{ metadata: { row_count: 100 } }, 45],
    [{ metadata: { row_count: 101 } }, 75],
    [{ metadata: { row_count: 1e9 } }, 75],
    [{ metadata: { row_count: '101' } }, 45],
    [{ metadata: { pii: true } }, 65],
    [{ metadata: { pii: 'yes' } }, 45],
    [{ metadata: { financial: true } }, 85],
    [{ metadata: { financial: false } }, 45],
    [{ metadata: { env: 'prod' } }, 65],
    [{ metadata: { env: 'production' } }, 65],
    [{ metadata: { env: 'staging' } }, 45],
    [{ metadata: { tags: ['PII', 'financial'] } }, 100],
    [{ metadata: { row_count: 500, pii: true, financial: true, env: 'prod' } }, 100],
    [{ metadata: null }, 45],
  ])('of %j is %i', async (fields, score) => {
    await using server = await inProcess()
    const { evaluate } = await session(server)
    const [first, second] = [await evaluate(fields), await evaluate(fields)]
    expect([first.body['risk_score'], second.body['risk_score']]).toEqual([score, score])
  })
})

test('an action above 80 needs two approvals, which one person can give', async () => {
  await using server = await overHttp()
  const { evaluate, status, respond, pending } = await session(server)
  server.control.setRiskScore(81)
  const id = (await evaluate()).body['action_req_id']
  expect((await respond(id)).body).toMatchObject({ success: true })
  expect((await status(id)).body).toMatchObject({ status: 'pending' })
  expect((await pending()).body).toMatchObject({
    actions: [{ required_approvals: 2, received_approvals: 1 }],
  })
  expect((await respond(id)).body).toMatchObject({ success: true })
  expect((await status(id)).body).toMatchObject({ status: 'approved' })
  const other = (await evaluate()).body['action_req_id']
  await respond(other)
  await respond(other, { approved: false })
  expect((await status(other)).body).toMatchObject({ status: 'denied' })
})

test('any user may respond, and each user sees their own pending actions, the newest first', async () => {
  await using server = await overHttp()
  const owner = await session(server)
  const other = await session(server, 'nodevice@example.com')
  // The session says who asks. The field user_email does not.
  const ids = [
    (await owner.evaluate({ user_email: 'nodevice@example.com' })).body['action_req_id'],
    (await owner.evaluate()).body['action_req_id'],
  ]
  const { body } = await owner.pending()
  expect(body).toMatchObject({
    count: 2,
    actions: [{ action_req_id: ids[1] }, { action_req_id: ids[0], user_email: USER }],
  })
  expect((await other.pending()).body).toEqual({ count: 0, actions: [] })
  expect((await other.status(ids[0])).body['status']).toBe('pending')
  expect((await other.respond(ids[0])).body['success']).toBe(true)
  expect((await owner.status(ids[0])).body['status']).toBe('approved')
})

test('a pending action has the fields of the server, and no absent ones', async () => {
  await using server = await inProcess({ clock: clockAt(() => START + 999) })
  const { evaluate, pending, status } = await session(server)
  const metadata = { row_count: 3, pii: true, note: { deep: ['ä'] } }
  const id = (
    await evaluate({
      ...{ agent_name: 'Billing', agent_framework: 'mastra', session_id: 's-1' },
      ...{ detail: 'Change 3 orders', metadata },
    })
  ).body['action_req_id']
  await evaluate()
  await status(id)
  const { actions } = (await pending()).body as { actions: Record<string, unknown>[] }
  const [bare, full] = actions
  const common = {
    ...{ id: expect.any(String), user_id: expect.any(String), user_email: USER },
    ...{ tenant_id: server.tenantId, agent_id: 'agent-1', action: 'UPDATE', resource: 'orders' },
    ...{ status: 'pending', approval_type: 'single', required_approvals: 1 },
    ...{ received_approvals: 0, device_token_id: expect.any(String) },
    ...{ created_at: START / 1000, expires_at: START / 1000 + 300 },
  }
  expect(full).toEqual({
    ...{ ...common, action_req_id: id, metadata, last_polled_at: START / 1000 },
    ...{ agent_name: 'Billing', agent_framework: 'mastra', session_id: 's-1' },
    ...{ detail: 'Change 3 orders', risk_score: 65, risk_level: 'high' },
    risk_factors: [
      { factor: 'default', score: 45, reason: expect.any(String) },
      { factor: 'pii', score: 20, reason: expect.any(String) },
    ],
  })
  expect(bare).toEqual({
    ...{ ...common, action_req_id: expect.any(String), metadata: null },
    ...{ risk_score: 45, risk_level: 'medium' },
    risk_factors: [{ factor: 'default', score: 45, reason: expect.any(String) }],
  })
})

test('a user without a device is asked too, through the list of pending actions', async () => {
  await using server = await inProcess()
  const { evaluate, pending } = await session(server, 'nodevice@example.com')
  const { body } = await evaluate()
  expect([body['status'], body['error']]).toEqual(['pending', undefined])
  const { actions } = (await pending()).body as { actions: Record<string, unknown>[] }
  expect(actions[0]).not.toHaveProperty('device_token_id')
})

describe('an action that nobody answers', () => {
  test('expires after 300 s, cannot be approved any more, and stays expired', async () => {
    let now = START
    await using server = await overHttp({ clock: clockAt(() => now) })
    const { evaluate, status, respond, pending } = await session(server)
    const id = (await evaluate()).body['action_req_id']
    now = START + 299_999
    expect((await status(id)).body['status']).toBe('pending')
    now = START + 300_000
    expect((await pending()).body['count']).toBe(0)
    expect((await respond(id)).body['success']).toBe(false)
    for (const time of [now, START, START + 86_000_000]) {
      now = time
      expect(await status(id)).toMatchObject({
        status: 200,
        body: { status: 'expired', error: 'expired_token' },
      })
    }
    expect(() => server.control.approve(String(id))).toThrow('is expired, not pending')
  })

  test.each(['approved', 'denied', 'auto_approved'])(
    'does not expire once it is %s',
    async (state) => {
      let now = START
      await using server = await overHttp({ clock: clockAt(() => now) })
      const { evaluate, status, respond } = await session(server)
      if (state === 'auto_approved') server.control.setRiskScore(0)
      const id = (await evaluate()).body['action_req_id']
      await respond(id, { approved: state === 'approved' })
      now = START + 86_000_000
      expect((await status(id)).body['status']).toBe(state)
      expect(server.control.approvals()[0]?.status).toBe(state)
    },
  )
})

describe('the server rejects', () => {
  const required = ['client_id', 'agent_id', 'action', 'resource', 'user_email']
  const bodies: readonly [string, object][] = [
    ...required.map((name) => [`no ${name}`, { [name]: undefined }] as [string, object]),
    ...required.map((name) => [`an empty ${name}`, { [name]: '' }] as [string, object]),
    ['a number as action', { action: 7 }],
    ['a text as metadata', { metadata: 'pii' }],
    ['a list as metadata', { metadata: [1] }],
    ['a number as detail', { detail: 7 }],
  ]
  test.each(bodies)('evaluate with %s (400), and stores nothing', async (_name, fields) => {
    await using server = await overHttp()
    const { evaluate, pending } = await session(server)
    expect(await evaluate(fields)).toMatchObject({
      status: 400,
      body: { error: 'Invalid request body', details: expect.any(String) },
    })
    expect((await pending()).body['count']).toBe(0)
    expect(server.control.approvals()).toEqual([])
  })

  test.each<[string, object]>([
    ['no ID', { action_req_id: undefined }],
    ['a text as approved', { approved: 'true' }],
    ['a number as reason', { reason: 7 }],
  ])('respond with %s (400)', async (_name, fields) => {
    await using server = await overHttp()
    const { evaluate, respond, status } = await session(server)
    const id = (await evaluate()).body['action_req_id']
    const answer = await respond(id, { approved: true, ...fields })
    expect([answer.status, answer.body['error']]).toEqual([400, 'Invalid request body'])
    expect((await status(id)).body['status']).toBe('pending')
  })

  test('an ID that no action has: not_found with status 200, and no success', async () => {
    await using server = await overHttp()
    const { status, respond } = await session(server)
    const { body } = await read(
      server.get('/authsec/uflow/auth/ciba/initiate', json({ login_hint: USER })),
    )
    for (const id of ['act_x', 'nonsense', ' ', body['auth_req_id']]) {
      expect(await status(id)).toMatchObject({
        status: 200,
        body: { action_req_id: '', status: '', risk_score: 0, error: 'not_found' },
      })
      expect(await respond(id)).toMatchObject({ status: 200, body: { success: false } })
    }
    expect(await status('')).toMatchObject({
      status: 400,
      body: { error: 'action_req_id is required' },
    })
  })

  test('each call without a user session, and with a delegation token', async () => {
    await using server = await overHttp()
    const { token } = await delegationOf(server.pull())
    const calls: readonly [string, RequestInit][] = [
      ['evaluate', json(actionOf(server))],
      ['respond', json({ action_req_id: 'act_x', approved: true })],
      ['status?action_req_id=act_x', {}],
      ['pending', {}],
    ]
    const credentials: readonly [Record<string, string>, string][] = [
      [{}, 'authorization header required'],
      [{ authorization: 'Basic eDp5' }, 'invalid authorization header format'],
      [{ authorization: `Bearer ${token}` }, 'Invalid or expired token'],
      [{ authorization: 'Bearer a.b.c' }, 'Invalid or expired token'],
    ]
    for (const [path, init] of calls) {
      for (const [headers, error] of credentials) {
        const sent = { ...init, headers: { ...Object(init.headers), ...headers } }
        const answer = await read(server.get(`${ROOT}/${path}`, sent))
        expect([path, answer.status, answer.body]).toEqual([path, 401, { error }])
      }
    }
    expect(server.control.approvals()).toEqual([])
  })
})

test('accepts the session of an administrator, which the newer server needs for the delegation too', async () => {
  await using server = await inProcess({ profile: 'workspace' })
  const admin = bearer(await server.control.adminToken())
  expect((await server.pull(admin)).status).toBe(200)
  const { body } = await read(
    server.get(`${ROOT}/evaluate`, {
      ...json(actionOf(server)),
      headers: { ...admin.headers, 'content-type': 'application/json' },
    }),
  )
  expect(body['status']).toBe('pending')
  const pending = await read(server.get(`${ROOT}/pending`, admin))
  expect(pending.body).toMatchObject({ count: 1, actions: [{ workspace_id: server.tenantId }] })
})

describe('control', () => {
  test('lists actions and requests in their order, and decides the newest or the named one', async () => {
    await using server = await overHttp()
    const { control } = server
    const { evaluate, status } = await session(server)
    const ciba = async (): Promise<unknown> => {
      const init = json({ login_hint: USER, binding_message: 'Pay 7' })
      const { body } = await read(server.get('/authsec/uflow/auth/ciba/initiate', init))
      return body['auth_req_id']
    }
    const first = (await evaluate({ agent_name: 'Billing', detail: 'Change 3' })).body
    const second = await ciba()
    const third = (await evaluate({ action: 'DELETE', agent_name: 'Billing' })).body
    await evaluate({ action: 'READ' })
    expect(control.approvals()).toMatchObject([
      {
        ...{ authReqId: first['action_req_id'], channel: 'action-guard', user: USER },
        ...{ bindingMessage: '[medium] Billing: Change 3', status: 'pending', riskScore: 45 },
      },
      { authReqId: second, channel: 'ciba', bindingMessage: 'Pay 7', status: 'pending' },
      { bindingMessage: '[high] Billing wants to DELETE on orders', riskScore: 70 },
      { status: 'auto_approved', riskScore: 10 },
    ])
    expect(control.approvals()[1]).not.toHaveProperty('riskScore')
    control.approve()
    expect((await status(third['action_req_id'])).body['status']).toBe('approved')
    control.approve()
    control.deny(String(first['action_req_id']))
    expect(control.approvals().map((one) => one.status)).toEqual([
      ...['denied', 'approved', 'approved', 'auto_approved'],
    ])
    expect(() => control.approve()).toThrow('No approval request is pending.')
    expect(() => control.approve(String(first['action_req_id']))).toThrow('is denied, not pending')
  })

  test('gives one of the two approvals of an action above 80 with each call', async () => {
    await using server = await overHttp()
    const { control } = server
    const { evaluate, status } = await session(server)
    control.setRiskScore(95)
    const id = (await evaluate()).body['action_req_id']
    control.approve(String(id))
    expect((await status(id)).body['status']).toBe('pending')
    control.approve()
    expect((await status(id)).body['status']).toBe('approved')
  })

  test('scripts decide the next action or request, whichever comes first', async () => {
    await using server = await overHttp()
    const { evaluate, status } = await session(server)
    server.control.scriptApproval(
      ...(['approve', 'deny', 'never', { approveAfterPolls: 1 }, 'slow_down'] as const),
    )
    const results: unknown[] = []
    // An action that needs nobody uses no script.
    await evaluate({ action: 'READ' })
    for (let index = 0; index < 5; index += 1) {
      const id = (await evaluate()).body['action_req_id']
      for (let polls = 0; polls < 2; polls += 1) {
        const { body } = await status(id)
        results.push(body['error'] ?? body['decision'])
      }
    }
    const open = 'authorization_pending'
    expect(results).toEqual([
      ...['approved', 'approved', 'access_denied', 'access_denied'],
      ...[open, open, open, 'approved', 'slow_down', open],
    ])
  })

  test('consume_then_drop drops the first answer, and the action stays approved', async () => {
    await using server = await overHttp()
    const { evaluate, status } = await session(server)
    server.control.scriptApproval('consume_then_drop')
    const id = (await evaluate()).body['action_req_id']
    await expect(status(id)).rejects.toMatchObject({ cause: { code: 'ECONNRESET' } })
    expect((await status(id)).body['status']).toBe('approved')
  })

  test.each([
    ['approve', 45, 'approved'],
    ['approve', 95, 'approved'],
    ['deny', 45, 'denied'],
    ['deny', 95, 'denied'],
    ['deny', 10, 'auto_approved'],
    ['manual', 45, 'pending'],
  ] as const)(
    'with approvals %j an action of score %i is %s',
    async (approvals, score, expected) => {
      const options: EmulatorOptions = { approvals }
      await using server = await inProcess(options)
      server.control.setRiskScore(score)
      const { evaluate, status } = await session(server)
      const { body } = await evaluate()
      // The answer comes before the person's.
      expect(body['status']).toBe(score === 10 ? 'auto_approved' : 'pending')
      expect((await status(body['action_req_id'])).body['status']).toBe(expected)
    },
  )

  test('a typed command lists and decides actions, and shows no session', async () => {
    await using server = await inProcess()
    const { evaluate, status } = await session(server)
    const { action_req_id: id } = (await evaluate({ agent_name: 'a\u001b[2J', detail: 'b' })).body
    const line = await runCommand('approvals', server)
    expect(line).toMatch(
      /^act_\S{4} {2}pending {2,}approver@example\.com {2}\[medium\] a\?\[2J: b$/,
    )
    expect(await runCommand(`approve ${line.slice(0, 8)}`, server)).toBe('Approved.')
    expect((await status(id)).body['status']).toBe('approved')
    const shown = inspect([server.requests, server.control.approvals()], { depth: 9 })
    expect(server.control.issuedSecrets.filter((secret) => shown.includes(secret))).toEqual([])
  })

  test.each([-1, 101, 0.5, '50', null, Number.NaN])('setRiskScore rejects %j', async (score) => {
    await using server = await inProcess()
    const { control } = server
    expect(() => Reflect.apply(control.setRiskScore, control, [score])).toThrow(/^score must be/)
  })
})
