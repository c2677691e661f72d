import { describe, expect, test } from 'vitest'
import { type EmulatorOptions, startEmulator } from '../src/index.ts'
import { inProcess, json, read, type TestServer, transports } from './test-server.ts'

const ROOT = '/authsec/uflow/auth/ciba'

async function pendingId(server: TestServer): Promise<unknown> {
  const answer = await read(
    server.get(`${ROOT}/initiate`, json({ login_hint: 'approver@example.com' })),
  )
  return answer.body['auth_req_id']
}

/** The results of `count` polls, one word each. */
async function polls(server: TestServer, auth_req_id: unknown, count: number): Promise<unknown[]> {
  const results: unknown[] = []
  for (let index = 0; index < count; index += 1) {
    const { body } = await read(server.get(`${ROOT}/token`, json({ auth_req_id })))
    results.push(body['error'] ?? 'token')
  }
  return results
}

const pending = 'authorization_pending'

test.each([
  ['approve', ['token', 'expired_token']],
  ['deny', ['access_denied', 'access_denied']],
  ['never', [pending, pending, pending]],
  [{ approveAfterPolls: 2 }, [pending, pending, 'token', 'expired_token']],
  [{ denyAfterPolls: 1 }, [pending, 'access_denied']],
  ['slow_down', ['slow_down', pending, pending]],
] as const)('the script %j gives its poll results', async (script, expected) => {
  await using server = await inProcess()
  server.control.scriptApproval(script)
  expect(await polls(server, await pendingId(server), expected.length)).toEqual(expected)
})

test.each([
  ['approve', ['token', 'expired_token']],
  ['deny', ['access_denied', 'access_denied']],
  ['manual', [pending, pending]],
  [undefined, [pending, pending]],
] as const)('with approvals %j a request has these poll results', async (approvals, expected) => {
  await using server = await inProcess(approvals ? { approvals } : {})
  expect(await polls(server, await pendingId(server), 2)).toEqual(expected)
})

test.each([
  [{}, 5],
  [{ approvals: 'manual' }, 5],
  [{ approvals: 'approve' }, 1],
  [{ approvals: 'deny' }, 1],
  [{ approvals: 'approve', pollIntervalSeconds: 3 }, 3],
  [{ pollIntervalSeconds: 1 }, 1],
] as const)('with the options %j the interval of both flows is %i s', async (options, interval) => {
  await using server = await inProcess(options)
  const client_id = server.cibaClientId
  const email = 'approver@example.com'
  for (const root of [ROOT, '/authsec/uflow/auth/tenant/ciba']) {
    const body = { login_hint: email, email, client_id }
    const answer = await read(server.get(`${root}/initiate`, json(body)))
    expect(answer.body['interval']).toBe(interval)
  }
})

test('each request takes the next script, and a request without a script stays pending', async () => {
  await using server = await inProcess()
  server.control.scriptApproval('deny', 'approve')
  const results: unknown[] = []
  for (let index = 0; index < 3; index += 1) {
    results.push(...(await polls(server, await pendingId(server), 1)))
  }
  expect(results).toEqual(['access_denied', 'token', pending])
})

test('the option approvals decides each request at once, unless a script does', async () => {
  const options: EmulatorOptions = { approvals: 'approve' }
  await using server = await inProcess(options)
  expect(await polls(server, await pendingId(server), 1)).toEqual(['token'])
  server.control.scriptApproval('never')
  expect(await polls(server, await pendingId(server), 1)).toEqual([pending])
})

describe.each(transports)('consume_then_drop %s', (_name, start) => {
  test('uses the approval up and drops the response', async () => {
    await using server = await start()
    server.control.scriptApproval('consume_then_drop')
    const auth_req_id = await pendingId(server)
    await expect(server.get(`${ROOT}/token`, json({ auth_req_id }))).rejects.toMatchObject({
      cause: { code: 'ECONNRESET' },
    })
    expect(server.control.approvals()[0]?.status).toBe('consumed')
    expect(await polls(server, auth_req_id, 1)).toEqual(['expired_token'])
    expect(server.requests.map(({ status }) => status)).toEqual([200, 0, 400])
  })
})

test('approve and deny decide the newest pending request or the named one, and throw without one', async () => {
  await using server = await inProcess()
  const { control } = server
  expect(() => control.approve()).toThrow('No approval request is pending.')
  const [first, second] = [await pendingId(server), await pendingId(server)]
  control.deny()
  control.approve()
  expect(control.approvals().map(({ status }) => status)).toEqual(['approved', 'denied'])
  expect(() => control.deny()).toThrow('No approval request is pending.')
  expect(() => control.approve(String(first))).toThrow('is approved, not pending')
  expect(() => control.approve('nonsense')).toThrow('no approval request with this auth_req_id')
  expect(await polls(server, second, 1)).toEqual(['access_denied'])
})

test('the same control works for an emulator over HTTP', async () => {
  await using emulator = await startEmulator({
    approvals: 'approve',
    users: [{ email: 'a@b.test' }],
  })
  const url = `${emulator.baseUrl}${ROOT}/initiate`
  const { status } = await read(fetch(url, json({ login_hint: 'a@b.test' })))
  expect(status).toBe(200)
  expect(emulator.control.approvals()).toMatchObject([{ user: 'a@b.test', status: 'approved' }])
})
