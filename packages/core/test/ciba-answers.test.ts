import { thrown } from '@authsec-internal/test-kit'
import { describe, expect, it } from 'vitest'
import { readPoll, readStart } from '../src/channels/ciba-answers.ts'

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
const jwt = (header: object, claims: object = { sub: 'x' }): string =>
  `${part(header)}.${part(claims)}.c2lnbmF0dXJl`
const token = jwt({ alg: 'HS256', typ: 'JWT' })

function poll(status: number, body: unknown, approver = 'approver@example.com'): unknown {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const context = { now: 0, approver, tenantId: undefined }
  return readPoll({ status, headers: {}, body: Buffer.from(text) }, context)
}

describe('the answer to a poll', () => {
  it('is an approval when it is a plain success with a signed token', () => {
    const body = { access_token: token, token_type: 'Bearer', expires_in: 86_400, scope: 'openid' }
    expect(poll(200, body)).toEqual({ state: 'approved', accessToken: token })
  })

  it.each<[string, number, unknown]>([
    ['has the status 401', 401, { access_token: token }],
    ['has the status 500', 500, { access_token: token }],
    ['has the status 202', 202, { access_token: token }],
    ['has the status 302', 302, { access_token: token }],
    ['has an error beside the token', 200, { access_token: token, error: 'access_denied' }],
    ['has a nested error', 200, { access_token: token, error: { code: 'access_denied' } }],
    ['has an error that is null', 200, { access_token: token, error: null }],
    ['is a page', 200, `<html>${token}</html>`],
    ['is a list', 200, [{ access_token: token }]],
    ['has a token that is a number', 200, { access_token: 7 }],
    ['has a token that is a word', 200, { access_token: 'yes' }],
    ['has a token of two parts', 200, { access_token: 'a.b' }],
    ['has an unsigned token', 200, { access_token: `${part({ alg: 'none' })}.${part({})}.` }],
    ['has a token with alg none', 200, { access_token: jwt({ alg: 'none' }) }],
    ['has a token with alg nOnE', 200, { access_token: jwt({ alg: 'nOnE' }) }],
    [
      'has a token whose claims are no object',
      200,
      { access_token: `${part({ alg: 'HS256' })}.${part([])}.c2ln` },
    ],
    [
      'has a token whose claims are no JSON',
      200,
      { access_token: `${part({ alg: 'HS256' })}.bm90.c2ln` },
    ],
    ['has a token without alg', 200, { access_token: jwt({}) }],
  ])('is no approval when it %s', (_what, status, body) => {
    expect(poll(status, body)).not.toMatchObject({ state: 'approved' })
  })
})

describe('the address in the approval token', () => {
  const answer = (claims: object, approver?: string): unknown =>
    poll(200, { access_token: jwt({ alg: 'HS256' }, claims) }, approver)

  it.each([
    [{ email_id: 'approver@example.com' }],
    [{ email_id: 'Approver@Example.COM' }],
    [{ email_id: ' approver@example.com ' }],
    [{ email: 'approver@example.com' }],
    [{ email_id: 'approver@example.com', email: 'APPROVER@example.com' }],
    [{ email_id: 'müller@example.com'.normalize('NFD') }, 'MÜLLER@example.com'],
    [{ email_id: 'approver@example.com' }, '  Approver@example.com '],
    [{ sub: 'x', user_id: 'y' }],
  ])('makes it an approval: %j', (claims, approver?: string) => {
    expect(answer(claims, approver)).toMatchObject({ state: 'approved' })
  })

  it.each([
    [{ email_id: 'intern@example.com' }],
    [{ email_id: 'approver@example.com.evil.test' }],
    [{ email_id: 'approver+x@example.com' }],
    [{ email: 'intern@example.com' }],
    [{ email_id: 'approver@example.com', email: 'intern@example.com' }],
    [{ email_id: 'intern@example.com', email: 'approver@example.com' }],
    [{ email_id: '' }],
    [{ email_id: null }],
    [{ email_id: ['approver@example.com'] }],
    [{ email_id: { toString: 'approver@example.com' } }],
    [{ email_id: '\u0430pprover@example.com' }],
  ])('makes it no approval: %j', (claims) => {
    const state = answer(claims)
    expect(state).toMatchObject({ state: 'refused', error: { code: 'approver_mismatch' } })
    expect(JSON.stringify(state)).not.toContain('intern')
  })
})

describe('the answer to a start', () => {
  it.each([
    [1e300, 1e300, 3_600, 300],
    [0.001, 0.001, 1, 1],
    [-5, -5, 300, 5],
    [Number.MAX_SAFE_INTEGER, 0, 3_600, 5],
    ['600', '2', 300, 5],
    [null, undefined, 300, 5],
    [120, 10, 120, 10],
  ])(
    'with expires_in %j and interval %j has the lifetime %i and the interval %i',
    (expires, interval, seconds, pause) => {
      const body = { auth_req_id: 'x', expires_in: expires, interval }
      const response = { status: 200, headers: {}, body: Buffer.from(JSON.stringify(body)) }
      expect(readStart(response)).toMatchObject({
        expiresInSeconds: seconds,
        intervalSeconds: pause,
      })
    },
  )
})

describe('the error for an answer', () => {
  const answer = (status: number, headers: Record<string, string>) => ({
    status,
    headers,
    body: Buffer.from('{}'),
  })
  const named = { 'x-request-id': 'req-7' }

  it.each([[400], [401], [404], [429], [500]])(
    'with the status %i to a question names the request for the logs of AuthSec',
    (status) => {
      const error = thrown(() => readStart(answer(status, named)))
      expect(error).toMatchObject({ name: 'ApprovalError', status, requestId: 'req-7' })
    },
  )

  it.each([[400], [401], [403], [500]])('with the status %i to a poll names it too', (status) => {
    expect(
      readPoll(answer(status, named), {
        now: 0,
        approver: 'approver@example.com',
        tenantId: undefined,
      }),
    ).toMatchObject({
      error: { requestId: 'req-7' },
    })
  })

  it('has no name of the request when the server gives none', () => {
    expect(thrown(() => readStart(answer(400, {})))).toMatchObject({ requestId: undefined })
  })
})
