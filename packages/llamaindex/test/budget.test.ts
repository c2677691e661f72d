import { createFakeClock, rejection, settle, testClient } from '@authsec-internal/test-kit'
import { describe, expect, it } from 'vitest'
import { AuthSecSecureReader, secureFetchTool } from '../src/index.ts'
import { numbered, startApi } from './support/api.ts'

const records = { endpoint: 'records', permission: 'records:read' } as const
const pagination = { by: 'page' } as const

/** An API of 250 records in pages of ten, and a client that may send ten calls in a minute. */
async function setUp(budget: object = { callsPerWindow: 10 }) {
  const api = await startApi(numbered(250, 10))
  const clock = createFakeClock(Date.now())
  const resources = [{ name: 'api', baseUrl: api.baseUrl }]
  let answers = 0
  const client = testClient(api.emulator, {
    resources,
    clock,
    budget,
    onEvent: ({ type }) => {
      if (type === 'request.completed') answers += 1
    },
  })
  const reader = new AuthSecSecureReader({ client, clock, ...records })
  /** Resolves when so many calls have been answered, and what follows from the last one is done. */
  const answered = async (count: number): Promise<void> => {
    await expect.poll(() => answers, { interval: 5, timeout: 10_000 }).toBe(count)
    await settle()
  }
  return { api, clock, client, reader, answered }
}

describe('the budget of the client', () => {
  it('sets the pace of a read of many pages, which then is complete', async () => {
    const { api, clock, reader, answered } = await setUp()
    await using _api = api
    const work = reader.loadData({ pagination })
    for (const count of [10, 20]) {
      await answered(count)
      await clock.advance(64_000)
      expect(api.asked).toHaveLength(count)
      await clock.advance(1_000)
    }
    const documents = await work
    expect(documents).toHaveLength(250)
    expect(documents[0]?.metadata.ingestion_complete).toBe(true)
    // 25 pages, and one that is empty.
    expect(api.asked).toHaveLength(26)
  })

  it('ends a read whose signal aborts while it waits, with the reason of the signal', async () => {
    const { api, reader, answered } = await setUp()
    await using _api = api
    const controller = new AbortController()
    const work = rejection(reader.loadData({ pagination, signal: controller.signal }))
    await answered(10)
    controller.abort(new Error('stopped'))
    expect((await work).message).toBe('stopped')
    expect(api.asked).toHaveLength(10)
  })

  it('ends a read that would wait for more than two minutes, and says what to raise', async () => {
    const { api, reader } = await setUp({ callsPerWindow: 10, windowMs: 3_600_000 })
    await using _api = api
    expect(await rejection(reader.loadData({ pagination }))).toMatchObject({
      code: 'budget_exceeded',
      hint: expect.stringMatching(/budget\.callsPerWindow/),
      pages: 10,
    })
  })

  it('is shared with tools, and a tool does not wait', async () => {
    const { api, client, reader, answered } = await setUp({ callsPerWindow: 3 })
    await using _api = api
    const controller = new AbortController()
    const work = rejection(reader.loadData({ pagination, signal: controller.signal }))
    await answered(3)
    const answer = await secureFetchTool(client).call({ endpoint: 'records' })
    expect(JSON.parse(answer)).toMatchObject({ code: 'budget_exceeded', retryable: false })
    controller.abort()
    await work
  })

  it('stops a stream of records by its bytes, before the next one is opened', async () => {
    const { api, client } = await setUp({ bytesPerWindow: 10 })
    await using _api = api
    const response = await client.fetch(`${api.baseUrl}records?page=1`)
    await response.text()
    const error = await rejection(client.fetch(`${api.baseUrl}records?page=2`))
    expect(error).toMatchObject({ code: 'budget_exceeded' })
    expect(api.asked).toHaveLength(1)
  })
})
