import { describe, expect, test } from 'vitest'
import { bearer, delegationOf, json, transports } from './test-server.ts'

const CLIENT = /^cid_[0-9a-f]{8}$/

describe.each(transports)('the log of requests %s', (_, start) => {
  test('names the client and the permission of a call, whatever its status', async () => {
    await using server = await start({ permissions: ['metrics:read'] })
    const { token } = await delegationOf(server.pull())
    await server.get('/secure-vault/metrics', bearer(token))
    await server.get('/secure-vault/records', bearer(token))
    await server.get('/secure-vault/records')
    const [pull, allowed, denied, anonymous] = server.requests
    expect(pull).toMatchObject({ status: 200, permission: undefined })
    expect(pull?.client).toMatch(CLIENT)
    expect(allowed).toMatchObject({ status: 200, client: pull?.client, permission: 'metrics:read' })
    expect(denied).toMatchObject({ status: 403, client: pull?.client, permission: 'records:read' })
    expect(anonymous).toMatchObject({ status: 401, client: undefined, permission: 'records:read' })
    expect(JSON.stringify([allowed, denied])).not.toContain(server.clientId)
  })

  test('takes no client from a token that does not verify', async () => {
    await using server = await start()
    server.control.failNext({ kind: 'unsigned' })
    const { token } = await delegationOf(server.pull())
    await server.get('/secure-vault/metrics', bearer(token))
    expect(server.requests.at(-1)).toMatchObject({ status: 401, client: undefined })
  })

  test.each([
    ['Pay 20 [K7QD]', 'K7QD'],
    ['Pay [A] [B2C3-D4E5]', 'B2C3-D4E5'],
    ['Pay [K7QD] 20', undefined],
    ['Pay [k7qd]', undefined],
    ['Pay [<b>]', undefined],
    ['', undefined],
  ])('the code of %j is %s, for the question, each poll and the answer', async (message, code) => {
    await using server = await start()
    const root = '/authsec/uflow/auth/ciba'
    const question = { login_hint: 'approver@example.com', binding_message: message }
    const asked = await server.get(`${root}/initiate`, json(question))
    const { auth_req_id } = (await asked.json()) as { auth_req_id: string }
    await server.get(`${root}/token`, json({ auth_req_id }))
    const session = { authorization: `Bearer ${await server.control.userToken()}` }
    await server.get(`${root}/respond`, json({ auth_req_id, approved: true }, session))
    expect(server.requests.map(({ approvalCode }) => approvalCode)).toEqual([code, code, code])
  })

  test('measures how long an answer took', async () => {
    await using server = await start()
    server.control.failNext({ kind: 'delay', ms: 60 })
    await server.pull()
    await server.pull()
    const [late, soon] = server.requests
    expect(late?.durationMs).toBeGreaterThan(55)
    expect(soon?.durationMs).toBeGreaterThanOrEqual(0)
    expect(soon?.durationMs).toBeLessThan(late?.durationMs ?? 0)
  })
})
