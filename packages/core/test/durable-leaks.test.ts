import { inspect } from 'node:util'
import { rejection, renderings, watch } from '@authsec-internal/test-kit'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { pendingOf } from '../src/adapter.ts'
import type { AuthSecEvent } from '../src/events.ts'
import { defineOperation } from '../src/tool.ts'
import { APPROVER, durableBench } from './support/durable-bench.ts'

describe('what a suspended call gives out', () => {
  it('holds neither the name of the question nor a token, in any form', async () => {
    const { process, emulator, store } = durableBench()
    const given: [string, unknown][] = []
    const kept: string[] = []
    const client = process({
      onEvent: (event: AuthSecEvent) => void given.push([`event ${event.type}`, event]),
      store: {
        ...store,
        set: async (key, value, ttlMs) => {
          kept.push(key, value)
          await store.set(key, value, ttlMs)
        },
      },
    })
    const tool = defineOperation(client, {
      name: 'show_record',
      description: 'Shows a record.',
      path: 'records/{id}',
      params: z.object({ id: z.string() }),
      approval: { approver: APPROVER, message: 'Show {id}?', wait: 'suspend' },
    })
    const input = { id: 'rec-0001' }
    const onApproval = (view: unknown): void => void given.push(['view', view])
    const outcome = await tool.execute(input, { user: 'ann', thread: 't1', onApproval })
    const pending = pendingOf(outcome)
    if (!pending) throw new Error('The outcome has no pending approval.')
    const approved = await client.sealApproval(pending)
    const error = await rejection(
      client.secureFetch({
        endpoint: 'records/rec-0001',
        approval: { approver: APPROVER, message: 'Show?', wait: 'suspend' },
      }),
    )
    given.push(['outcome', outcome], ['pending', pending], ['sealed', approved], ['error', error])
    given.push(['pending of the error', Object(error).pending], ['kept', kept])
    emulator.control.approve(pending.authReqId)
    const { approval } = Object(await client.pollApproval(approved))
    given.push(['approval', approval], ['sealed approval', await client.sealApproval(approval)])
    given.push(['used', await tool.execute(input, { user: 'ann', approved })])
    const ids = emulator.control.approvals().map(({ authReqId }) => authReqId)
    expect(ids).toHaveLength(2)
    const session = approval.accessToken
    expect(session).toMatch(/^eyJ/)
    for (const [where, value] of given) {
      watch(where, value)
      const texts = [...renderings(value), inspect(value, { showHidden: true, depth: 20 })]
      for (const text of texts) {
        expect([where, [...ids, session].some((secret) => text.includes(secret))]).toEqual([
          where,
          false,
        ])
      }
    }
    expect(kept.join()).not.toContain(APPROVER)
  })

  it('names its approver in full only where the client is told to', async () => {
    const { process } = durableBench()
    const question = { approver: APPROVER, message: 'Show?' }
    const client = process()
    const open = process({ approvals: { showApprover: true } })
    expect(await client.viewApproval(await client.startApproval(question))).toMatchObject({
      approver: 'a***@example.com',
    })
    expect(await open.viewApproval(await open.startApproval(question))).toMatchObject({
      approver: APPROVER,
    })
  })
})
