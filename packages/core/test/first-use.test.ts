import {
  inProcessClient,
  inProcessEmulator,
  rejection,
  startServer,
  testClient,
  testEmulator,
} from '@authsec-internal/test-kit'
import { describe, expect, it } from 'vitest'

const question = { approver: 'approver@example.com', message: 'Delete {id}?', values: { id: 42 } }

describe('the first use of a client', () => {
  it('shares one state among 20 approvals at once: the approver is asked one thing', async () => {
    const emulator = inProcessEmulator()
    const client = inProcessClient(emulator, { approvals: { queuedPerApprover: 0 } })
    const starts = Array.from({ length: 20 }, () => client.startApproval(question))
    const outcomes = await Promise.allSettled(starts)
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    expect(emulator.control.approvals()).toHaveLength(1)
    expect(await rejection(client.startApproval(question))).toMatchObject({
      code: 'approval_rate_limited',
    })
  })

  it('sends what the standard fetch was given, whatever becomes of the objects afterwards', async () => {
    await using emulator = await testEmulator()
    const received: unknown[] = []
    await using api = await startServer(async (request, response) => {
      let body = ''
      for await (const piece of request) body += piece
      received.push([body, request.url, request.headers['x-step']])
      response.end()
    })
    const resources = [{ baseUrl: api.baseUrl, methods: ['POST'] }]
    const url = new URL('/before', api.baseUrl)
    const body = new TextEncoder().encode('before')
    const headers = new Headers({ 'x-step': 'before' })
    const sent = testClient(emulator, { resources }).fetch(url, { method: 'POST', headers, body })
    url.pathname = '/after'
    body.fill(0)
    headers.set('x-step', 'after')
    await sent
    expect(received).toEqual([['before', '/before', 'before']])
  })
})
