import {
  fastClock,
  inProcessClient,
  inProcessEmulator,
  type RecordedRequest,
  rejection,
  sendJson,
  startRecordingApi,
} from '@authsec-internal/test-kit'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { AuthSecClient } from '../src/client/client.ts'
import { createAuthSecClient } from '../src/client/create-client.ts'
import type { CibaConfig } from '../src/config/client-options.ts'
import { defineOperation } from '../src/tool.ts'

const ID = 'a594430b-2bd4-4792-9666-63162ee858c5'
const question = { approver: 'a@example.com', message: 'Pay?' }
const started = { auth_req_id: 'request-1', expires_in: 300, interval: 1 }

const flows: [flow: string, ciba: CibaConfig, usual: string[] | undefined][] = [
  ['admin', {}, undefined],
  ['tenant', { clientId: ID }, ['openid']],
  ['workspace', { clientId: ID, clientSecret: 'a-secret' }, ['openid']],
]

const clientOf = (baseUrl: string, ciba: CibaConfig = {}): AuthSecClient =>
  createAuthSecClient({
    ...{ baseUrl, clientId: ID, ciba, clock: fastClock },
    approvals: { unapprovedPerWindow: 100, pauseAfterDenialMs: 0 },
  })

/** The first request of each question that is sent to a server on this machine. */
async function sentBy(ciba: CibaConfig, ...more: { scopes?: string[] }[]) {
  await using server = await startRecordingApi(sendJson(started))
  const client = clientOf(server.baseUrl, ciba)
  const digests: string[] = []
  for (const each of more) {
    const pending = await client.startApproval({ ...question, ...each })
    digests.push(pending.digest)
    client.cancelApproval(pending)
  }
  const bodies = server.requests.map(({ body }: RecordedRequest) => JSON.parse(body))
  return { digests, bodies }
}

describe.each(flows)('the scopes of an approval in the %s flow', (_flow, ciba, usual) => {
  it('are what they were when the developer names none', async () => {
    const { bodies, digests } = await sentBy(ciba, {}, { scopes: undefined as never })
    expect(bodies.map(({ scopes }) => scopes)).toEqual([usual, usual])
    expect(digests[0]).toBe(digests[1])
  })

  it('are sent as the developer names them, and the approval is bound to them', async () => {
    const lists = [['openid'], ['openid', 'email'], ['payments:write', 'urn:x/y#z'], ['a~!']]
    const { bodies, digests } = await sentBy(ciba, ...lists.map((scopes) => ({ scopes })))
    expect(bodies.map(({ scopes }) => scopes)).toEqual(lists)
    const { digests: without } = await sentBy(ciba, {})
    expect(new Set([...digests, ...without]).size).toBe(lists.length + 1)
  })

  it('are those of the question, whatever happens to the list afterwards', async () => {
    await using server = await startRecordingApi(sendJson(started))
    const client = clientOf(server.baseUrl, ciba)
    const scopes = ['openid']
    const start = client.startApproval({ ...question, scopes })
    scopes.push('admin')
    await start
    expect(JSON.parse(server.requests[0]?.body ?? '')).toMatchObject({ scopes: ['openid'] })
  })
})

describe('scopes that cannot be sent', () => {
  it.each([
    ['openid'],
    [[]],
    [['']],
    [['open id']],
    [['openid', 7]],
    [['openid', 'openid']],
    [['say "hi"']],
    [['back\\slash']],
    [['caf\u00e9']],
    [['a\nb']],
    [['x'.repeat(101)]],
    [null],
    [{ 0: 'openid', length: 1 }],
  ])('%j are a mistake of the developer, and nothing is sent', async (scopes) => {
    await using server = await startRecordingApi(sendJson(started))
    const client = clientOf(server.baseUrl)
    const call = client.requestApproval({ ...question, scopes: scopes as never })
    expect(await rejection(call)).toMatchObject({
      name: 'ConfigError',
      message: expect.stringMatching(/^scopes must be a list/),
    })
    expect(server.count).toBe(0)
  })
})

it('a model chooses no scopes: a parameter of that name is data of the call', async () => {
  const emulator = inProcessEmulator({ approvals: 'approve' })
  const questions: unknown[] = []
  const client = inProcessClient(emulator, {
    clock: fastClock,
    fetch: (input, init) => {
      if (String(input).endsWith('/ciba/initiate')) questions.push(JSON.parse(String(init.body)))
      return emulator.fetch(new Request(input, init))
    },
  })
  const tool = defineOperation(client, {
    ...{ name: 'list', description: 'Lists.', path: 'records', permission: 'records:read' },
    params: z.object({ scopes: z.string() }),
    approval: { approver: 'approver@example.com', message: 'List {scopes}?' },
  })
  expect(await tool.execute({ scopes: 'admin' })).toMatchObject({ ok: true })
  expect(questions).toHaveLength(1)
  expect(questions[0]).not.toHaveProperty('scopes')
})
