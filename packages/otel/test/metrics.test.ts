import type { AuthSecEvent } from '@authsec/core'
import { fastClock, rejection, testClient, testEmulator } from '@authsec-internal/test-kit'
import { metrics } from '@opentelemetry/api'
import { afterEach, describe, expect, it } from 'vitest'
import { authsecTelemetry } from '../src/index.ts'
import { createTokenLife } from '../src/metrics/token-life.ts'
import { startSdk, type TestSdk } from './support/sdk.ts'

const approver = 'approver@example.com'
/** The clock runs fast, and the machine may be busy. */
const patient = { clock: fastClock, timeoutMs: 120_000 }
const approval = { approver, message: 'Show?', timeoutMs: 60_000 }

afterEach(() => metrics.disable())

/** `attribute=value` of each point with its count. */
async function counts(sdk: TestSdk, name: string, attribute: string): Promise<unknown> {
  const points = await sdk.points(name)
  return Object.fromEntries(
    points.map(({ attributes, value }) => [
      String(attributes[attribute]),
      typeof value === 'number' ? value : Object(value).count,
    ]),
  )
}

/** A completed call, an approved one, a denied one, two refusals and an outage. */
async function runCalls(sdk: TestSdk): Promise<void> {
  await using emulator = await testEmulator({ users: [{ email: approver }] })
  const { control } = emulator
  await using client = testClient(emulator, { ...sdk.telemetry, ...patient })
  const who = { tool: 'show', user: 'ann', run: 'run-1', toolCallId: 'toolu_1' }
  await client.secureFetch({ endpoint: 'metrics' }, who)
  control.scriptApproval('approve')
  await client.secureFetch({ endpoint: 'metrics', approval }, who)
  control.scriptApproval('deny')
  await rejection(client.secureFetch({ endpoint: 'metrics', approval }, who))
  await rejection(client.secureFetch({ endpoint: '../x' }, who))
  await rejection(client.secureFetch({ endpoint: 'metrics', permission: 'a:b' }, who))
  control.failNext({ kind: 'reset' }, { path: /metrics/, times: 3 })
  await rejection(client.secureFetch({ endpoint: 'metrics' }, who))
}

describe('the metrics of a client', () => {
  it('count calls by outcome, refusals by code, and approvals by how they ended', async () => {
    await using sdk = startSdk()
    await runCalls(sdk)
    const calls = await sdk.points('authsec.call.duration')
    const total = (outcome: string): number =>
      calls
        .filter(({ attributes }) => attributes['authsec.outcome'] === outcome)
        .reduce((sum, { value }) => sum + Object(value).count, 0)
    expect([total('completed'), total('refused'), total('failed')]).toEqual([2, 3, 1])
    expect(await counts(sdk, 'authsec.refusals', 'authsec.code')).toEqual({
      approval_denied: 1,
      endpoint_refused: 1,
      permission_missing: 1,
    })
    expect(await counts(sdk, 'authsec.approvals', 'authsec.outcome')).toEqual({
      asked: 2,
      approved: 1,
      denied: 1,
    })
    expect(await counts(sdk, 'authsec.approval.wait', 'authsec.outcome')).toEqual({
      approved: 1,
      denied: 1,
    })
    expect(await counts(sdk, 'authsec.token.requests', 'authsec.token.reason')).toEqual({
      first: 1,
    })
    expect(await counts(sdk, 'authsec.token.request.duration', 'authsec.outcome')).toEqual({
      acquired: 1,
    })
  })

  it('are in seconds, with boundaries that tell calls apart', async () => {
    await using sdk = startSdk()
    const ended = { type: 'request.completed', status: 200, durationMs: 250, permission: [] }
    sdk.telemetry.onEvent(Object(ended) as AuthSecEvent)
    const [point] = await sdk.points('authsec.call.duration')
    const { buckets, sum } = Object(point?.value)
    expect(buckets.boundaries).toEqual([
      0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10,
    ])
    expect(sum).toBe(0.25)
  })

  it('name no person, call, run, route or approval: each value would be a new series', async () => {
    await using sdk = startSdk()
    await runCalls(sdk)
    const names = [
      ...[
        'authsec.call.duration',
        'authsec.refusals',
        'authsec.approvals',
        'authsec.approval.wait',
      ],
      ...['authsec.token.requests', 'authsec.token.request.duration', 'authsec.token.remaining'],
    ]
    const keys = new Set<string>()
    for (const name of names) {
      const points = await sdk.points(name)
      expect(points.length, name).toBeGreaterThan(0)
      for (const { attributes } of points) for (const key of Object.keys(attributes)) keys.add(key)
    }
    expect([...keys].sort()).toEqual([
      'authsec.client',
      'authsec.code',
      'authsec.outcome',
      'authsec.resource',
      'authsec.token.reason',
      'error.type',
      'gen_ai.tool.name',
      'http.request.method',
      'http.response.status_code',
    ])
  })

  it('show how long the token of each client lives, by its fingerprint', async () => {
    await using sdk = startSdk()
    await using emulator = await testEmulator()
    await using client = testClient(emulator, sdk.telemetry)
    const { expiresAt } = await client.getDelegationToken()
    const [point, ...others] = await sdk.points('authsec.token.remaining')
    expect(others).toEqual([])
    expect(point?.attributes).toEqual({ 'authsec.client': expect.stringMatching(/^cid_/) })
    const remaining = (expiresAt.getTime() - Date.now()) / 1_000
    expect(Math.abs(Number(point?.value) - remaining)).toBeLessThan(5)
  })

  it('reach a meter provider that is registered after the client was created', async () => {
    const { onEvent } = authsecTelemetry()
    await using sdk = startSdk()
    const refused = { type: 'request.failed', code: 'endpoint_refused', attempts: 0 }
    onEvent(Object(refused) as AuthSecEvent)
    metrics.setGlobalMeterProvider(sdk.meterProvider)
    onEvent(Object(refused) as AuthSecEvent)
    expect(await counts(sdk, 'authsec.refusals', 'authsec.code')).toEqual({ endpoint_refused: 1 })
  })
})

describe('the life of tokens', () => {
  function shown(life: ReturnType<typeof createTokenLife>): unknown {
    const seen: unknown[] = []
    life.observe({ observe: (value, attributes) => void seen.push([attributes, value]) })
    return seen
  }
  function follow(life: ReturnType<typeof createTokenLife>, event: object): void {
    life.follow(Object(event) as AuthSecEvent)
  }
  const acquire = (life: ReturnType<typeof createTokenLife>, client: string, at: number): void =>
    follow(life, { type: 'token.acquired', client, expiresAt: new Date(at) })
  const drop = (life: ReturnType<typeof createTokenLife>, client: string): void =>
    follow(life, { type: 'token.dropped', client })
  const client = (name: string, value: number): unknown => [{ 'authsec.client': name }, value]

  it('ends at 0, is shown for a quarter of an hour more, and begins again with the next token', () => {
    let now = 1_000_000
    const life = createTokenLife(() => now)
    acquire(life, 'cid_1', now + 60_000)
    expect(shown(life)).toEqual([client('cid_1', 60)])
    now += 61_000
    expect(shown(life)).toEqual([client('cid_1', 0)])
    acquire(life, 'cid_1', now + 5_000)
    expect(shown(life)).toEqual([client('cid_1', 5)])
    now += 5_000 + 15 * 60_000 + 1
    expect(shown(life)).toEqual([])
  })

  it('is 0 for a token that AuthSec withdrew', () => {
    const life = createTokenLife(() => 0)
    acquire(life, 'cid_1', 60_000)
    drop(life, 'cid_1')
    drop(life, 'cid_2')
    expect(shown(life)).toEqual([client('cid_1', 0)])
  })

  it('is kept for 10 000 clients at most', () => {
    const life = createTokenLife(() => 0)
    for (let index = 0; index < 10_001; index += 1) acquire(life, `cid_${index}`, 1_000)
    expect(shown(life)).toHaveLength(10_000)
  })
})
