import { describe, expect, test } from 'vitest'
import { clockAt, json, overHttp, read, type TestServer } from './test-server.ts'

const flows = [
  ['admin', '/authsec/uflow/auth/ciba'],
  ['tenant', '/authsec/uflow/auth/tenant/ciba'],
] as const

const email = 'approver@example.com'

/** A started request, with what decides and polls it. */
async function started(server: TestServer, root: string) {
  const client_id = server.cibaClientId
  const { body } = await read(
    server.get(`${root}/initiate`, json({ email, login_hint: email, client_id })),
  )
  const auth_req_id = String(body['auth_req_id'])
  const post = (call: string, fields: object, headers?: Record<string, string>) =>
    read(server.get(`${root}/${call}`, json({ auth_req_id, client_id, ...fields }, headers)))
  return {
    id: auth_req_id,
    poll: async () => {
      const { body: answer } = await post('token', {})
      return answer['error'] ?? 'token'
    },
    respond: async (approved: boolean) => {
      const authorization = `Bearer ${await server.control.userToken()}`
      return post('respond', { approved }, { authorization })
    },
  }
}

describe.each(flows)('a request of the %s flow', (_flow, root) => {
  const LATER = [300_000, 300_001, 86_400_000]

  test('stays consumed after its 300 s, and a poll still gets no token', async () => {
    let now = Date.UTC(2026, 10, 23)
    await using server = await overHttp({ clock: clockAt(() => now) })
    const { control } = server
    const request = await started(server, root)
    control.approve()
    expect(await request.poll()).toBe('token')
    for (const later of LATER) {
      now = Date.UTC(2026, 10, 23) + later
      expect([later, control.approvals()[0]?.status]).toEqual([later, 'consumed'])
      expect(await request.poll()).toBe('expired_token')
    }
    expect(control.approvals()[0]?.status).toBe('consumed')
    expect(() => control.approve(request.id)).toThrow('is consumed, not pending')
  })

  test('stays denied after its 300 s, whoever denied it, and a poll tests the expiry first', async () => {
    let now = Date.UTC(2026, 10, 23)
    await using server = await overHttp({ clock: clockAt(() => now) })
    const { control } = server
    const [byControl, byUser] = [await started(server, root), await started(server, root)]
    control.scriptApproval('deny', { denyAfterPolls: 0 })
    const [byScript, byPoll] = [await started(server, root), await started(server, root)]
    control.deny(byControl.id)
    await byUser.respond(false)
    for (const request of [byControl, byUser, byScript, byPoll]) {
      expect(await request.poll()).toBe('access_denied')
    }
    now += 300_000
    expect(await byControl.poll()).toBe('expired_token')
    expect(control.approvals().map(({ status }) => status)).toEqual(Array(4).fill('denied'))
    expect(() => control.approve(byUser.id)).toThrow('is denied, not pending')
  })

  test('expires at 300 s while nobody collects it, and stays expired when the clock goes back', async () => {
    const start = Date.UTC(2026, 10, 23)
    let now = start
    await using server = await overHttp({ clock: clockAt(() => now) })
    const { control } = server
    const [open, approved] = [await started(server, root), await started(server, root)]
    control.approve(approved.id)
    now = start + 299_999
    expect(control.approvals().map(({ status }) => status)).toEqual(['pending', 'approved'])
    now = start + 300_000
    expect(control.approvals().map(({ status }) => status)).toEqual(['expired', 'expired'])
    now = start
    expect(control.approvals().map(({ status }) => status)).toEqual(['expired', 'expired'])
    expect(await approved.poll()).toBe('expired_token')
    expect(await open.poll()).toBe('expired_token')
    expect((await open.respond(true)).body['success']).not.toBe(true)
    expect(() => control.approve(open.id)).toThrow('is expired, not pending')
  })
})
