import {
  createFakeClock,
  inProcessClient,
  inProcessEmulator,
  rejection,
} from '@authsec-internal/test-kit'
import { describe, expect, it } from 'vitest'
import type { AuthSecClient } from '../src/client/client.ts'
import type { AuthSecEvent } from '../src/events.ts'
import { createConsoleReporter } from '../src/reporter.ts'

const approver = 'approver@example.com'
const call = {
  endpoint: 'metrics',
  approval: { approver, message: 'Show the metrics?', wait: 'suspend' },
} as const

function bench(): {
  client: AuthSecClient
  events: AuthSecEvent[]
  lines: string[]
  approve(): void
} {
  const clock = createFakeClock()
  const emulator = inProcessEmulator({ clock, users: [{ email: approver }] })
  const events: AuthSecEvent[] = []
  const lines: string[] = []
  const report = createConsoleReporter({ write: (line) => void lines.push(line), color: false })
  const onEvent = (event: AuthSecEvent): void => {
    events.push(event)
    report(event)
  }
  const client = inProcessClient(emulator, { clock, onEvent })
  return { client, events, lines, approve: () => emulator.control.approve() }
}

const named = (events: readonly AuthSecEvent[]): string[] =>
  events.map(({ type }) => type).filter((type) => type.startsWith('request.'))

describe('a call that waits for a person', () => {
  it('is reported as suspended and not as failed, each time, and then as completed', async () => {
    const { client, events, lines, approve } = bench()
    const { pending } = Object(await rejection(client.secureFetch(call)))
    await rejection(client.secureFetch({ ...call, approved: pending }))
    approve()
    await client.secureFetch({ ...call, approved: pending })
    expect(named(events)).toEqual(['request.suspended', 'request.suspended', 'request.completed'])
    expect(events.find(({ type }) => type === 'request.suspended')).toMatchObject({
      ...{ resource: 'vault', method: 'GET', route: 'metrics', code: 'approval_pending' },
    })
    expect(lines.join('\n')).toMatch(/\[Approval\].*waits for the approval of a person/)
  })

  it('is reported as failed when what it brings is no approval of it', async () => {
    const { client, events } = bench()
    const { pending } = Object(await rejection(client.secureFetch(call)))
    const sealed = await client.sealApproval(pending)
    const wrong = [{ endpoint: 'records', approved: sealed }, { approved: `${sealed}x` }]
    for (const one of wrong) await rejection(client.secureFetch({ ...call, ...one }))
    expect(named(events).slice(1)).toEqual(['request.failed', 'request.failed'])
  })
})
