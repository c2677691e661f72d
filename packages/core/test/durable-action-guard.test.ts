import { rejection, watch } from '@authsec-internal/test-kit'
import { describe, expect, it } from 'vitest'
import type { AuthSecClient } from '../src/client/client.ts'
import type { RiskMetadata } from '../src/options/risk-metadata.ts'
import { APPROVER, type DurableBench, durableBench } from './support/durable-bench.ts'

const endpoint = 'records/rec-0001'
const APPROVAL = { approver: APPROVER, message: 'Show?', channel: 'action-guard' } as const
const suspend = { ...APPROVAL, wait: 'suspend' } as const

async function signedIn(bench: DurableBench, email = APPROVER): Promise<() => AuthSecClient> {
  const apiToken = await bench.emulator.control.userToken(email)
  return () => bench.process({ apiToken })
}

async function asked(client: AuthSecClient, risk?: RiskMetadata): Promise<string> {
  const error = await rejection(client.secureFetch({ endpoint, approval: { ...suspend, risk } }))
  expect(error).toMatchObject({ code: 'approval_pending' })
  return client.sealApproval(Object(error).pending)
}

describe('the action guard', () => {
  it('asks about a risky action, shows the risk, and executes once', async () => {
    const bench = durableBench()
    const process = await signedIn(bench)
    bench.emulator.control.setRiskScore(55)
    const approved = await asked(process())
    watch('view', await process().viewApproval(approved))
    expect(await process().viewApproval(approved)).toMatchObject({
      status: 'pending',
      risk: { score: 55, level: 'medium' },
    })
    bench.emulator.control.approve()
    const call = { endpoint, approval: suspend, approved }
    expect(await process().secureFetch(call)).toMatchObject({ status: 200 })
    expect(await rejection(process().secureFetch(call))).toMatchObject({ code: 'approval_used' })
    expect(bench.sent()).toHaveLength(1)
  })

  it('gives its approval as often as it is asked, and four processes execute once', async () => {
    const bench = durableBench()
    const process = await signedIn(bench)
    bench.emulator.control.setRiskScore(55)
    const approved = await asked(process())
    bench.emulator.control.approve()
    const calls = Array.from({ length: 4 }, () =>
      process().secureFetch({ endpoint, approval: suspend, approved }),
    )
    const ends = await Promise.allSettled(calls)
    expect(ends.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    expect(bench.sent()).toHaveLength(1)
  })

  it('needs two approvals for a critical action', async () => {
    const bench = durableBench()
    const process = await signedIn(bench)
    bench.emulator.control.setRiskScore(95)
    const approved = await asked(process())
    const call = { endpoint, approval: suspend, approved }
    bench.emulator.control.approve()
    expect(await rejection(process().secureFetch(call))).toMatchObject({ code: 'approval_pending' })
    bench.emulator.control.approve()
    expect(await process().secureFetch(call)).toMatchObject({ status: 200 })
  })

  it.each<[string, 'deny' | 'wait', string]>([
    ['denied', 'deny', 'approval_denied'],
    ['expired', 'wait', 'approval_expired'],
  ])('refuses an action that was %s', async (_what, decision, code) => {
    const bench = durableBench()
    const process = await signedIn(bench)
    bench.emulator.control.setRiskScore(55)
    const approved = await asked(process())
    if (decision === 'deny') bench.emulator.control.deny()
    else await bench.clock.advance(310_000)
    const call = process().secureFetch({ endpoint, approval: suspend, approved })
    expect(await rejection(call)).toMatchObject({ code })
    expect(bench.sent()).toEqual([])
  })

  it('lets a harmless action through at once', async () => {
    const bench = durableBench()
    const process = await signedIn(bench)
    expect(await process().secureFetch({ endpoint, approval: suspend })).toMatchObject({
      status: 200,
    })
  })

  it('rates the method, and no word of a path that a model wrote', async () => {
    const bodies: string[] = []
    const { process, emulator } = durableBench()
    const apiToken = await emulator.control.userToken(APPROVER)
    const client = process({
      apiToken,
      resources: [
        { name: 'vault', baseUrl: 'https://emulator.test/secure-vault/', methods: ['DELETE'] },
      ],
      async fetch(input, init) {
        if (input.endsWith('/evaluate')) bodies.push(String(init.body))
        return emulator.fetch(new Request(input, init))
      },
    })
    for (const path of ['widgets/1', 'budget/readme', 'list', 'select/get']) {
      const call = client.secureFetch({ endpoint: path, method: 'DELETE', approval: suspend })
      expect(await rejection(call)).toMatchObject({ code: 'approval_pending' })
    }
    const actions = bodies.map((body) => JSON.parse(body).action)
    expect(new Set(actions)).toEqual(new Set(['DELETE']))
  })

  it('asks nobody when the session is of somebody else than the approver', async () => {
    const bench = durableBench()
    const process = await signedIn(bench, 'second@example.com')
    const error = await rejection(process().secureFetch({ endpoint, approval: APPROVAL }))
    expect(error).toMatchObject({ code: 'approver_mismatch' })
    expect(error.message).toMatch(/session/)
    expect([bench.rings(), bench.sent().length]).toEqual([0, 0])
  })

  it('asks nobody without a session, and says which option to set', async () => {
    const bench = durableBench()
    const call = bench.process().secureFetch({ endpoint, approval: APPROVAL })
    const error = await rejection(call)
    expect(error).toMatchObject({ code: 'session_required' })
    expect(Object(error).hint).toMatch(/AUTHSEC_API_TOKEN/)
    expect(bench.rings()).toBe(0)
  })

  it.each<[string, number, unknown, string]>([
    ['an error under 200', 200, { error: 'server_error' }, 'approval_outcome_unknown'],
    ['no ID', 200, { status: 'pending' }, 'approval_outcome_unknown'],
    [
      'an unknown status',
      200,
      { action_req_id: 'act_1', status: 'maybe' },
      'approval_outcome_unknown',
    ],
    [
      'an approval that nobody gave',
      200,
      { action_req_id: 'act_1', status: 'approved' },
      'approval_outcome_unknown',
    ],
    ['an unknown user', 400, { error: 'user_not_found' }, 'approver_not_found'],
    ['a refused session', 401, { error: 'unauthorized' }, 'session_required'],
    ['a web page', 200, '<html></html>', 'approval_outcome_unknown'],
  ])('that answers with %s lets nothing through', async (_what, status, body, code) => {
    const bench = durableBench()
    const process = await signedIn(bench)
    bench.emulator.control.failNext({ kind: 'status', status, body }, { path: /evaluate$/ })
    const call = process().secureFetch({ endpoint, approval: APPROVAL })
    expect(await rejection(call)).toMatchObject({ code })
    expect(bench.sent()).toEqual([])
  })

  it.each<[string, number, unknown]>([
    ['an unknown status', 200, { status: 'granted' }],
    ['approved in another case', 200, { status: 'APPROVED' }],
    ['approved under an error status', 500, { status: 'approved' }],
    ['approved as a list', 200, { status: ['approved'] }],
    ['a refused session', 401, { status: 'approved' }],
    ['nothing', 200, ''],
  ])('that answers a poll with %s lets nothing through', async (_what, status, body) => {
    const bench = durableBench()
    const process = await signedIn(bench)
    bench.emulator.control.setRiskScore(55)
    const approved = await asked(process())
    bench.emulator.control.failNext({ kind: 'status', status, body }, { path: /status$/ })
    const call = process().secureFetch({ endpoint, approval: suspend, approved })
    expect(await rejection(call)).toMatchObject({ name: 'ApprovalError' })
    expect(bench.sent()).toEqual([])
  })
})
