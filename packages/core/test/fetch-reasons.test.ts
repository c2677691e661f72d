import type { Emulator } from '@authsec/emulator'
import {
  sendJson,
  startRecordingApi,
  testClient,
  testEmulator,
  watch,
} from '@authsec-internal/test-kit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AuthSecEvent } from '../src/events.ts'

let emulator: Emulator
beforeAll(async () => {
  emulator = await testEmulator()
})
afterAll(() => emulator.close())

type Answer = Parameters<typeof startRecordingApi>[0]

const answer =
  (status: number, body: string, headers: Record<string, string> = {}): Answer =>
  (response) =>
    void response.writeHead(status, { 'content-type': 'text/plain', ...headers }).end(body)

/** What the event of a call by `client.fetch` says. */
async function told(
  api: Answer,
  read: (response: Response) => Promise<unknown> = (response) => response.text(),
): Promise<AuthSecEvent | undefined> {
  await using server = await startRecordingApi(api)
  const events: AuthSecEvent[] = []
  await using client = testClient(emulator, {
    resources: [{ name: 'api', baseUrl: server.baseUrl }],
    onEvent: (event) => events.push(event),
  })
  await read(await client.fetch(`${server.baseUrl}/x`))
  watch('what is told', events)
  return events.findLast(({ type }) => type === 'request.completed')
}

describe('the event of client.fetch', () => {
  it.each<[string, Answer, string]>([
    ['error', sendJson(JSON.stringify({ error: 'amount is missing' }), 422), 'amount is missing'],
    [
      'RFC 9457',
      answer(409, '{"title":"Taken"}', { 'content-type': 'application/problem+json' }),
      'Taken',
    ],
    ['a text', answer(404, 'no such invoice'), 'no such invoice'],
    ['a server error', sendJson(JSON.stringify({ message: 'try later' }), 501), 'try later'],
  ])('has the reason of the API, when the body is read: %s', async (_how, api, detail) => {
    expect(await told(api)).toMatchObject({ detail })
  })

  it('has the challenge and what is wrong with the token', async () => {
    const challenge = 'Bearer error="insufficient_scope", error_description="needs x:write"'
    const api = answer(403, 'no', { 'www-authenticate': challenge })
    expect(await told(api)).toMatchObject({
      detail: 'no',
      challenge: expect.stringMatching(/needs x:write/),
    })
  })

  it('holds no token that the API echoes, in any form', async () => {
    for (const form of [
      (t: string) => t,
      (t: string) => Buffer.from(t).toString('base64'),
      encodeURIComponent,
    ]) {
      const event = await told((response, { headers }) =>
        answer(400, `bad: ${form(String(headers.authorization))}`)?.(response, {} as never),
      )
      expect(event).toMatchObject({ detail: expect.stringMatching(/^bad: .*REDACTED/) })
    }
  })

  it.each<[string, Answer]>([
    ['a success', sendJson(JSON.stringify({ message: 'fine' }), 200)],
    ['a page', answer(404, '<html>no</html>', { 'content-type': 'text/html' })],
    ['a text that is a page', answer(404, '<html>no</html>')],
    ['a body too long for a reason', sendJson(JSON.stringify({ error: 'x'.repeat(20_000) }), 400)],
    ['broken JSON', sendJson('{"error":"a', 400)],
  ])('has no reason for %s', async (_what, api) => {
    expect(await told(api)).not.toHaveProperty('detail')
  })

  it('has no reason from a body that nobody reads', async () => {
    const event = await told(answer(404, 'gone'), async (response) => response.body?.cancel())
    expect(event).toMatchObject({ status: 404 })
    expect(event).not.toHaveProperty('detail')
  })

  it('takes nothing of the body away from the caller', async () => {
    const long = 'y'.repeat(200_000)
    await told(answer(400, long), async (response) => expect(await response.text()).toBe(long))
  })
})
