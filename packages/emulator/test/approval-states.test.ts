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

describe.each(flows)('the fault reuse_approval in the %s flow', (_flow, root) => {
  const collect = async (
    server: TestServer,
    polls: number,
  ): Promise<{ tokens: number; next: unknown }> => {
    const request = await started(server, root)
    server.control.approve()
    const results = await Promise.all(Array.from({ length: polls }, request.poll))
    return { tokens: results.filter((one) => one === 'token').length, next: await request.poll() }
  }

  test('gives each of 32 parallel polls of one approval a token, and none to the next one', async () => {
    await using server = await overHttp()
    server.control.failNext({ kind: 'reuse_approval' }, { times: 32 })
    expect(await collect(server, 32)).toEqual({ tokens: 32, next: 'expired_token' })
    expect(server.control.approvals()[0]?.status).toBe('consumed')
    const faults = server.requests.map(({ fault }) => fault).filter((fault) => fault !== undefined)
    expect(faults).toEqual(Array(32).fill('reuse_approval'))
  })

  test('also applies to polls that come later, until the faults are cleared or the approval expires', async () => {
    let now = Date.UTC(2026, 10, 23)
    await using server = await overHttp({ clock: clockAt(() => now), rateLimit: false })
    const request = await started(server, root)
    server.control.approve()
    expect(await request.poll()).toBe('token')
    expect(await request.poll()).toBe('expired_token')
    server.control.failNext({ kind: 'reuse_approval' }, { times: Number.POSITIVE_INFINITY })
    now += 299_999
    expect([await request.poll(), await request.poll()]).toEqual(['token', 'token'])
    now += 1
    expect(await request.poll()).toBe('expired_token')
    now -= 1
    server.control.clearFaults()
    expect(await request.poll()).toBe('expired_token')
  })

  test.each([
    ['pending', 'authorization_pending'],
    ['denied', 'access_denied'],
  ])('gives no token for a request that is %s', async (state, error) => {
    await using server = await overHttp()
    server.control.failNext({ kind: 'reuse_approval' }, { times: 8 })
    const request = await started(server, root)
    if (state === 'denied') server.control.deny()
    expect(await Promise.all(Array.from({ length: 8 }, request.poll))).toEqual(Array(8).fill(error))
  })

  test('is not there by default: one of 32 parallel polls gets the token', async () => {
    await using server = await overHttp()
    expect(await collect(server, 32)).toEqual({ tokens: 1, next: 'expired_token' })
  })
})
