import { fastClock, rejection, testClient, testEmulator } from '@authsec-internal/test-kit'
import { describe, expect, it } from 'vitest'
import type { FetchLike } from '../src/http/transport.ts'

const TENANT = '6f2c1d0e-8a77-4f57-9a39-0c6f3e6f6f10'
const OTHER = 'b7a1f1e2-4c1d-4b0e-8d52-2f7f1c0a9e44'
const APPROVER = 'approver@example.com'
const question = { approver: APPROVER, message: 'Really?' }

describe('a token of another tenant than tenantId', () => {
  it('is refused, and both tenants are named by fingerprints', async () => {
    await using emulator = await testEmulator({ tenantId: OTHER })
    const client = testClient(emulator, { tenantId: TENANT })
    const error = await rejection(client.getDelegationToken())
    expect(error).toMatchObject({
      code: 'wrong_tenant',
      retryable: false,
      message: expect.stringMatching(/ten_[0-9a-f]{8}, but tenantId is ten_[0-9a-f]{8};/),
      hint: expect.stringContaining('AUTHSEC_TENANT_ID'),
    })
    const text = JSON.stringify(error) + error.message
    expect(text).not.toContain(OTHER)
    expect(text).not.toContain(TENANT)
    const call = await rejection(client.secureFetch({ endpoint: 'metrics' }))
    expect(call).toMatchObject({ code: 'wrong_tenant' })
  })

  it.each<[string, object, object]>([
    ['tenant_id of the answer', { tenant_id: OTHER }, {}],
    ['workspace_id of the answer', { workspace_id: OTHER }, {}],
    ['tenant_id of the token', {}, { tenant_id: OTHER }],
    ['workspace_id of the token', {}, { workspace_id: OTHER }],
    ['the issuer of the token', {}, { iss: `spiffe://${OTHER}` }],
    ['a value that is no text', {}, { tenant_id: { id: TENANT } }],
  ])('is recognised by %s, whatever the others say', async (_where, body, claims) => {
    await using emulator = await testEmulator({ tenantId: TENANT })
    const fetch = altered(body, claims)
    const error = await rejection(
      testClient(emulator, { tenantId: TENANT, fetch }).getDelegationToken(),
    )
    expect(error).toMatchObject({ code: 'wrong_tenant' })
    expect(await testClient(emulator, { fetch }).getDelegationToken()).toBeDefined()
  })

  it.each([
    ['as it is', TENANT],
    ['in capitals', TENANT.toUpperCase()],
    ['without dashes', TENANT.replaceAll('-', '')],
    ['as a URN', `urn:uuid:${TENANT}`],
  ])('is not what a token of the same tenant is: written %s', async (_how, tenantId) => {
    await using emulator = await testEmulator({ tenantId: TENANT })
    expect(await testClient(emulator, { tenantId }).getDelegationToken()).toBeDefined()
  })
})

describe('an approval of another tenant than tenantId', () => {
  it.each(['admin', 'tenant', 'workspace'] as const)(
    'is no approval in the %s flow',
    async (flow) => {
      const isNewer = flow === 'workspace'
      await using emulator = await testEmulator({
        tenantId: TENANT,
        approvals: 'approve',
        users: [{ email: APPROVER }],
        cibaClientSecret: 'secret of the test',
        ...(isNewer && { profile: 'workspace' }),
      })
      const clientId = emulator.cibaClientId
      const ciba = {
        flow,
        ...(flow !== 'admin' && { clientId }),
        ...(isNewer && { clientSecret: 'secret of the test' }),
      }
      const approved = testClient(emulator, { tenantId: TENANT, ciba, clock: fastClock })
      expect(await approved.requestApproval(question)).toBeDefined()
      const client = testClient(emulator, {
        tenantId: TENANT,
        ciba,
        clock: fastClock,
        fetch: alteredApproval({ [isNewer ? 'workspace_id' : 'tenant_id']: OTHER }),
      })
      const error = await rejection(client.requestApproval({ ...question, action: 'another' }))
      expect(error).toMatchObject({
        name: 'ApprovalError',
        code: 'wrong_tenant',
        message: expect.stringMatching(/ten_[0-9a-f]{8}, but tenantId is ten_[0-9a-f]{8}/),
      })
      expect(JSON.stringify(error) + error.message).not.toContain(OTHER)
    },
    20_000,
  )
})

/** The answer of the token endpoint with other fields and claims; nobody here verifies the signature. */
function altered(body: object, claims: object): FetchLike {
  return async (url, init) => {
    const response = await fetch(url, init)
    const answer: Record<string, unknown> = JSON.parse(await response.text())
    const token = withClaims(String(answer['token']), claims)
    return Response.json({ ...answer, token, ...body })
  }
}

function alteredApproval(claims: object): FetchLike {
  return async (url, init) => {
    const response = await fetch(url, init)
    const answer: Record<string, unknown> = JSON.parse(await response.text())
    const token = answer['access_token']
    const more = typeof token === 'string' ? { access_token: withClaims(token, claims) } : {}
    return Response.json({ ...answer, ...more }, { status: response.status })
  }
}

function withClaims(token: string, claims: object): string {
  const [header, payload = '', signature] = token.split('.')
  const old: object = JSON.parse(Buffer.from(payload, 'base64url').toString())
  const text = JSON.stringify({ ...old, ...claims })
  return [header, Buffer.from(text).toString('base64url'), signature].join('.')
}
