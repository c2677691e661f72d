/** The contract in short, for the built packages in a clean folder: no test runner, no sources. */
import assert from 'node:assert/strict'
import { type AuthSecClient, type AuthSecClientOptions, createAuthSecClient } from '@authsec/core'
import type { OperationOptions } from '@authsec/core/tool'
import { createEmulator, type EmulatorHandler } from '@authsec/emulator'
import { z } from 'zod'

export type Args = Readonly<Record<string, unknown>>
export type RecordTool = OperationOptions<{ id: z.ZodString }>

export interface PeerTurn {
  readonly client: AuthSecClient
  /** A secure fetch, unless this operation is given. */
  readonly operation?: RecordTool | undefined
  readonly calls: readonly Args[]
  readonly signal?: AbortSignal | undefined
}

/** The results that the model reads, as text, and everything that the framework keeps. */
export type RunTurn = (turn: PeerTurn) => Promise<{ answers: readonly string[]; kept: unknown }>

interface Setup {
  readonly emulator: EmulatorHandler
  readonly client: AuthSecClient
  answers(calls: readonly Args[], more?: Partial<PeerTurn>): Promise<string[]>
  vaultCalls(): number
}

type Scenario = (setup: Setup) => Promise<void>

const METRICS = [{ endpoint: 'metrics' }]
const RECORD = [{ id: 'rec-0001' }]
const vault = { path: /metrics/ }

export const record: RecordTool = {
  name: 'vault',
  description: 'One record.',
  path: 'records/{id}',
  params: z.object({ id: z.string() }),
}

const has = (text: string): ((answers: string[]) => void) => {
  return (answers) => assert.ok(answers[0]?.includes(text), `${text} is not in ${answers[0]}`)
}

const scenarios: Record<string, Scenario> = {
  'a result is the outcome as JSON': (setup) =>
    setup.answers(METRICS).then(has('"ok":true,"status":200')),
  async 'wrong arguments send nothing'(setup) {
    const [answer = ''] = await setup.answers([{ endpoint: 5 }])
    assert.match(answer, /not valid|validation|invalid/i)
    assert.equal(setup.vaultCalls(), 0)
  },
  async 'an endpoint elsewhere is refused'(setup) {
    await setup.answers([{ endpoint: '//evil.test/x' }]).then(has('"endpoint_refused"'))
    assert.equal(setup.vaultCalls(), 0)
  },
  async 'a missing permission is said'(setup) {
    const operation = { ...record, permission: 'vault:admin' }
    await setup.answers(RECORD, { operation }).then(has('"permission_missing"'))
    assert.equal(setup.vaultCalls(), 0)
  },
  async 'a refused token is replaced once'(setup) {
    await setup.answers(METRICS)
    setup.emulator.control.delegate()
    setup.emulator.control.failNext({ kind: 'status', status: 401 }, vault)
    await setup.answers(METRICS).then(has('"ok":true'))
    assert.equal(setup.vaultCalls(), 3)
  },
  async 'statuses are outcomes'(setup) {
    const codes = { 403: 'forbidden', 404: 'not_found', 503: 'server_error' }
    for (const [status, code] of Object.entries(codes)) {
      const fault = { kind: 'status', status: Number(status) } as const
      setup.emulator.control.failNext(fault, { ...vault, times: 3 })
      await setup.answers(METRICS).then(has(`"${code}"`))
      setup.emulator.control.clearFaults()
    }
  },
  async 'an echoed bearer is scrubbed'(setup) {
    setup.emulator.control.failNext({ kind: 'echo' }, vault)
    await setup.answers(METRICS).then(has('"ok":true'))
  },
  async 'a revoked delegation is said'(setup) {
    setup.emulator.control.revoke()
    await setup.answers(METRICS).then(has('"no_active_delegation"'))
  },
  async 'an expired delegation is said'(setup) {
    setup.emulator.control.expire()
    await setup.answers(METRICS).then(has('"delegation_expired"'))
  },
  async 'calls at the same time share one token'(setup) {
    const answers = await setup.answers(Array.from({ length: 6 }, () => ({ endpoint: 'metrics' })))
    for (const answer of answers) has('"ok":true')([answer])
    const pulls = setup.emulator.requests.filter(({ path }) => path.endsWith('delegation-token'))
    assert.equal(pulls.length, 1)
  },
  async 'an abort sends nothing'(setup) {
    const signal = AbortSignal.abort(new Error('stopped'))
    await setup.answers(METRICS, { signal }).catch(() => undefined)
    assert.equal(setup.emulator.requests.length, 0)
  },
  async 'a person decides'(setup) {
    setup.emulator.control.scriptApproval('deny', 'approve')
    const approval = { message: 'Show {id}?', timeoutMs: 60_000 }
    const operation = { ...record, approval }
    await setup.answers(RECORD, { operation }).then(has('"approval_denied"'))
    assert.equal(setup.vaultCalls(), 0)
    const other = { ...operation, approval: { ...approval, approver: 'other@example.com' } }
    await setup.answers(RECORD, { operation: other }).then(has('"ok":true'))
  },
}

/** Runs every scenario, and searches what the framework kept for every secret. Throws at the first failure. */
export async function peerContract(
  run: RunTurn,
  more: Record<string, Scenario> = {},
): Promise<void> {
  for (const [title, scenario] of Object.entries({ ...scenarios, ...more })) {
    const users = ['approver@example.com', 'other@example.com'].map((email) => ({ email }))
    const emulator = createEmulator({ rateLimit: false, users })
    const client = clientOf(emulator)
    let kept = ''
    const setup: Setup = {
      emulator,
      client,
      async answers(calls, options) {
        const result = await run({ client, calls, ...options })
        kept += JSON.stringify([result.answers, result.kept], errorsToo)
        return [...result.answers]
      },
      vaultCalls: () => emulator.requests.filter(({ path }) => path.startsWith('/secure-')).length,
    }
    await scenario(setup)
    for (const secret of [emulator.clientId, ...emulator.control.issuedSecrets]) {
      assert.ok(!kept.includes(secret.split('.')[2] || secret), `${title}: a secret was kept`)
    }
    await client.close()
    process.stdout.write(`  ✓ ${title}\n`)
  }
}

export type { Scenario, Setup }

const errorsToo = (_key: string, value: unknown): unknown =>
  value instanceof Error ? { name: value.name, message: value.message, stack: value.stack } : value

function clientOf(emulator: EmulatorHandler): AuthSecClient {
  const baseUrl = 'https://emulator.test'
  const options: AuthSecClientOptions = {
    baseUrl,
    clientId: emulator.clientId,
    resources: [{ name: 'vault', baseUrl: `${baseUrl}/secure-vault/` }],
    ciba: { loginHint: 'approver@example.com' },
    fetch: (input, init) => emulator.fetch(new Request(input, init)),
    // Ten times as fast: approvals are polled every few seconds.
    clock: {
      now: () => Date.now(),
      monotonic: () => performance.now(),
      setTimeout(callback, ms) {
        const timer = setTimeout(callback, ms / 10)
        return () => clearTimeout(timer)
      },
    },
  }
  return createAuthSecClient(options)
}
