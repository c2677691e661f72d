import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { type RecordedRequest, rejection, startRecordingApi } from '@authsec-internal/test-kit'
import { describe, expect, it } from 'vitest'
import { readPoll, readStart } from '../src/channels/ciba-answers.ts'
import type { AuthSecClient } from '../src/client/client.ts'
import { createAuthSecClient } from '../src/client/create-client.ts'

const CLIENT_ID = 'a594430b-2bd4-4792-9666-63162ee858c5'
const MARK = '\ufeff'

const part = (text: string): string => Buffer.from(text).toString('base64url')
const claims = (): string => {
  const seconds = Math.floor(Date.now() / 1000)
  return JSON.stringify({ sub: 's', aud: ['a'], iat: seconds, exp: seconds + 3_600 })
}
const jwt = (header = '{"alg":"RS256"}', payload = claims()): string =>
  `${part(header)}.${part(payload)}.c2ln`

interface Served {
  /** The client of a server that answers with these texts. */
  run<T>(work: (client: AuthSecClient) => Promise<T>): Promise<T>
}

type Answers = Readonly<Record<string, readonly [status: number, body: string | Buffer]>>

/** A server that answers each path with its text, the first byte on its own. */
function served(answers: Answers): Served {
  const token = [200, JSON.stringify({ token: jwt() })] as const
  const answer = async (response: ServerResponse, { url }: RecordedRequest): Promise<void> => {
    const path = Object.keys(answers).find((end) => url.split('?')[0]?.endsWith(end)) ?? ''
    const [status, body] = answers[path] ?? token
    const bytes = Buffer.from(body)
    response.writeHead(status, { 'content-type': 'application/json' })
    response.write(bytes.subarray(0, 1))
    await new Promise((resolve) => setTimeout(resolve, 2))
    response.end(bytes.subarray(1))
    await once(response, 'close')
  }
  return {
    async run(work) {
      await using server = await startRecordingApi(answer)
      const { baseUrl } = server
      const resources = [{ name: 'api', baseUrl: `${baseUrl}/v1` }]
      const ciba = { loginHint: 'ann@example.com' }
      return await work(createAuthSecClient({ baseUrl, clientId: CLIENT_ID, resources, ciba }))
    },
  }
}

const ann = { now: 0, approver: 'ann@example.com', tenantId: undefined }

describe('an answer that begins with a byte order mark', () => {
  it('is read when it carries the token', async () => {
    const server = served({ 'delegation-token': [200, `${MARK}{"token":"${jwt()}"}`] })
    const token = await server.run((client) => client.getDelegationToken())
    expect(token.audience).toEqual(['a'])
  })

  it.each([
    ['No active delegation token found', 'no_active_delegation'],
    ['Client not found', 'client_not_found'],
  ])('is read when it is the 404 "%s" and not taken for a page', async (error, code) => {
    const server = served({ 'delegation-token': [404, MARK + JSON.stringify({ error })] })
    expect(await rejection(server.run((client) => client.getDelegationToken()))).toMatchObject({
      code,
    })
  })

  it('is read when it starts an approval', async () => {
    const body = { auth_req_id: 'x', expires_in: 120, interval: 7 }
    const server = served({ 'ciba/initiate': [200, MARK + JSON.stringify(body)] })
    const pending = await server.run((client) => client.startApproval({ message: 'May I?' }))
    expect(pending).toMatchObject({ authReqId: 'x', intervalSeconds: 7 })
  })

  it.each([
    ['{"error":"access_denied"}', 403, 'denied'],
    ['{"error":"authorization_pending"}', 200, 'pending'],
    ['{"error":"expired_token"}', 400, 'gone'],
    [
      `{"access_token":"${jwt('{"alg":"HS256"}', '{"email_id":"ann@example.com"}')}"}`,
      200,
      'approved',
    ],
  ])('is read when it is the poll %s', (text, status, state) => {
    const response = { status, headers: {}, body: Buffer.from(MARK + text) }
    expect(readPoll(response, ann)).toMatchObject({ state })
  })

  it('is read when it refuses to start an approval', () => {
    const body = Buffer.from(`${MARK}{"error":"user_not_found"}`)
    expect(() => readStart({ status: 400, headers: {}, body })).toThrow(
      /does not know the approver/,
    )
  })

  it('is read when it carries cloud credentials, or refuses them', async () => {
    const options = { projectId: 'my-project', serviceEmail: 'a@b.example' }
    const given = served({ 'exchange/gcp': [200, `${MARK}{"access_token":"t","expires_in":60}`] })
    expect(
      await given.run((client) => client.exchangeCloudCredentials('gcp', options)),
    ).toMatchObject({ kind: 'token' })
    const refused = served({ 'exchange/gcp': [401, `${MARK}{"error":"invalid_grant"}`] })
    const error = await rejection(
      refused.run((client) => client.exchangeCloudCredentials('gcp', options)),
    )
    expect(error).toMatchObject({ code: 'not_available' })
  })

  it('is read when it is the data of an API', async () => {
    const server = served({ 'v1/x': [200, `${MARK}{"name":"ü"}`] })
    const { data, text } = await server.run((client) => client.secureFetch({ endpoint: 'x' }))
    expect({ data, text }).toEqual({ data: { name: 'ü' }, text: '{"name":"ü"}' })
  })
})

describe('a mark that is not at the beginning of an answer', () => {
  it.each([
    ['two marks', `${MARK}${MARK}{"token":"${jwt()}"}`],
    ['a mark after a space', ` ${MARK}{"token":"${jwt()}"}`],
    ['a mark in the header of the token', `{"token":"${jwt(`${MARK}{"alg":"RS256"}`)}"}`],
    ['a mark in the claims of the token', `{"token":"${jwt(undefined, MARK + claims())}"}`],
    ['UTF-16', Buffer.from(`${MARK}{"token":"${jwt()}"}`, 'utf16le')],
  ])('makes it unreadable: %s', async (_what, body) => {
    const server = served({ 'delegation-token': [200, body] })
    expect(await rejection(server.run((client) => client.getDelegationToken()))).toMatchObject({
      code: 'invalid_response',
    })
  })

  it('is no approval in the header of its token', () => {
    const token = jwt(`${MARK}{"alg":"HS256"}`, '{"email_id":"ann@example.com"}')
    const body = Buffer.from(JSON.stringify({ access_token: token }))
    expect(readPoll({ status: 200, headers: {}, body }, ann)).not.toMatchObject({
      state: 'approved',
    })
  })
})
