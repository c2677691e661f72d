import {
  createFakeClock,
  inProcessClient,
  inProcessEmulator,
  rejection,
} from '@authsec-internal/test-kit'
import { describe, expect, it } from 'vitest'
import { createAuditLog } from '../src/audit.ts'
import type { AuthSecEvent } from '../src/events.ts'
import { combineObservers } from '../src/observers.ts'

const approver = 'approver@example.com'
const VAULT = 'https://emulator.test/secure-vault/'

/** A client whose required log can be broken. */
function world() {
  const clock = createFakeClock()
  const emulator = inProcessEmulator({ clock, users: [{ email: approver }] })
  const state = { isBroken: false }
  const lines: string[] = []
  const events: AuthSecEvent[] = []
  const audit = createAuditLog({
    ...{ required: true, clock },
    write(line) {
      if (state.isBroken) throw new Error('the disk is full')
      lines.push(line)
    },
    onError: () => undefined,
  })
  const onEvent = combineObservers(audit, (event) => void events.push(event))
  return { clock, emulator, state, lines, events, onEvent, audit }
}

const recordsIn = (lines: readonly string[], kind: string): Record<string, unknown>[] =>
  lines.map((line) => JSON.parse(line)).filter((record) => record.kind === kind)

const vaultCalls = ({ requests }: { requests: readonly { path: string }[] }): number =>
  requests.filter(({ path }) => path.startsWith('/secure-vault/')).length

describe('a required audit log', () => {
  it('has a line before each call that is sent, and one after it, with one ID', async () => {
    const { clock, emulator, lines, onEvent } = world()
    const client = withLog(emulator, clock, onEvent)
    await client.secureFetch({ endpoint: 'metrics', permission: 'metrics:read' }, { user: 'ann' })
    await (await client.fetch(`${VAULT}metrics`)).text()
    const records = recordsIn(lines, 'call')
    expect(records.map(({ outcome }) => outcome)).toEqual([
      'started',
      'completed',
      'started',
      'completed',
    ])
    expect(records[0]?.['callId']).toBe(records[1]?.['callId'])
    expect(records[0]).toMatchObject({
      ...{ resource: 'vault', method: 'GET', route: 'metrics', user: 'ann' },
      ...{ permission: ['metrics:read'], token: expect.stringMatching(/^tok_/) },
    })
  })

  it.each<[string, (client: ReturnType<typeof withLog>) => Promise<unknown>]>([
    ['secureFetch', (client) => client.secureFetch({ endpoint: 'metrics' })],
    ['client.fetch', (client) => client.fetch(`${VAULT}metrics`)],
    [
      'a call with an idempotency key',
      (client) => client.secureFetch({ endpoint: 'metrics', idempotencyKey: 'k' }),
    ],
    [
      'an exchange',
      (client) =>
        client.exchangeCloudCredentials('aws', { roleArn: 'arn:aws:iam::123456789012:role/x' }),
    ],
  ])('that cannot be written refuses the call, and nothing is sent: %s', async (_what, call) => {
    const { clock, emulator, state, events, onEvent } = world()
    const client = withLog(emulator, clock, onEvent)
    await client.getDelegationToken()
    const before = emulator.requests.length
    state.isBroken = true
    expect(await rejection(call(client))).toMatchObject({ code: 'audit_unavailable' })
    expect(emulator.requests).toHaveLength(before)
    expect(events.at(-1)).toMatchObject({ code: 'audit_unavailable', attempts: 0 })
    state.isBroken = false
    await client.secureFetch({ endpoint: 'metrics' })
    expect(vaultCalls(emulator)).toBe(1)
  })

  it.each(['block', 'suspend'] as const)(
    'that cannot be written uses up no approval: %s',
    async (wait) => {
      const { clock, emulator, state, events, onEvent } = world()
      const client = withLog(emulator, clock, onEvent)
      const approval = { approver, message: 'Show?', wait }
      const suspended = { ...approval, wait: 'suspend' } as const
      await client.getDelegationToken()
      const { pending } = Object(
        await rejection(client.secureFetch({ endpoint: 'metrics', approval: suspended })),
      )
      emulator.control.approve()
      await clock.advance(6_000)
      state.isBroken = true
      const call = { endpoint: 'metrics', approval, approved: pending }
      const polled = await client.pollApproval(pending)
      if (polled.status !== 'approved') throw new Error('It is not approved.')
      const approved = polled.approval
      expect(await rejection(client.secureFetch({ ...call, approved }))).toMatchObject({
        code: 'audit_unavailable',
      })
      expect(vaultCalls(emulator)).toBe(0)
      expect(events.at(-1)).not.toHaveProperty('approval')
      state.isBroken = false
      await client.secureFetch({ ...call, approved })
      expect(vaultCalls(emulator)).toBe(1)
      expect(events.at(-1)).toMatchObject({ type: 'request.completed', approval: { approver } })
    },
  )

  it('that is not required refuses nothing', async () => {
    const { clock, emulator } = world()
    const audit = createAuditLog({
      clock,
      onError: () => undefined,
      write() {
        throw new Error('the disk is full')
      },
    })
    const client = withLog(emulator, clock, audit)
    expect(await client.secureFetch({ endpoint: 'metrics' })).toMatchObject({ status: 200 })
  })
})

function withLog(
  emulator: ReturnType<typeof inProcessEmulator>,
  clock: ReturnType<typeof createFakeClock>,
  onEvent: ReturnType<typeof combineObservers>,
) {
  return inProcessClient(emulator, { clock, onEvent })
}
