import { generateKeyPairSync, sign } from 'node:crypto'
import { plantSecret, startServer, type TestServer } from '@authsec-internal/test-kit'
import { describe, expect, test } from 'vitest'
import { bounded } from '../src/doctor/bounded.ts'
import { Findings } from '../src/doctor/report.ts'
import { doctor, envOf } from './support/run.ts'

const CLIENT = '6f2c1d0e-8a77-4f57-9a39-0c6f3e6f6f10'
const TENANT = '0c6f3e6f-1d0e-4f57-9a39-6f2c1d0e8a77'
const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })

/** A server that signs whatever claims the test wants. */
function startSigner(claims: Readonly<Record<string, unknown>>): Promise<TestServer> {
  const now = Math.floor(Date.now() / 1000)
  const usual = {
    iss: `spiffe://${TENANT}`,
    sub: 'spiffe://example.org/agent',
    aud: ['authsec-api'],
    iat: now,
    nbf: now,
    exp: now + 3600,
    tenant_id: TENANT,
    permissions: ['metrics:read'],
  }
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  const signed = `${part({ alg: 'RS256', typ: 'JWT' })}.${part({ ...usual, ...claims })}`
  const token = `${signed}.${sign('sha256', Buffer.from(signed), privateKey).toString('base64url')}`
  plantSecret('the token', token.split('.')[2] ?? '')
  const jwk = { ...publicKey.export({ format: 'jwk' }), use: 'sig', alg: 'RS256', kid: 'default' }
  return startServer((request, response) => {
    response.setHeader('content-type', 'application/json')
    if (request.url?.includes('delegation-token'))
      return void response.end(JSON.stringify({ token }))
    if (request.url?.includes('tenant_id='))
      return void response.end(JSON.stringify({ keys: [jwk] }))
    response.writeHead(400).end('{"error":"expired_token"}')
  })
}

async function found(claims: Readonly<Record<string, unknown>>): Promise<readonly string[]> {
  await using server = await startSigner(claims)
  const env = envOf({ baseUrl: server.baseUrl, clientId: CLIENT })
  return (await doctor([], { env })).codes
}

describe('The doctor, about the claims of a token', () => {
  test('is silent about a token with all of them', async () => {
    expect(await found({})).toEqual([])
  })

  test.each([
    [{ iss: 'https://auth.example.com' }, 'token_rejected'],
    [{ iss: `spiffe://${CLIENT}` }, 'token_rejected'],
    [{ nbf: Math.floor(Date.now() / 1000) + 30 }, 'clock_skew'],
    [{ client_id: TENANT }, 'wrong_client'],
  ])('finds the claim %j', async (claims, code) => {
    expect(await found(claims)).toEqual([code])
  })
})

describe('A check of the doctor', () => {
  test('ends when its time is over, and when it fails, and says which one it was', async () => {
    const findings = new Findings()
    await bounded('network', { findings, timeoutMs: 20 }, () => new Promise(() => undefined))
    await bounded('packages', { findings, timeoutMs: 2_000 }, async () => {
      throw new TypeError('with a secret in it')
    })
    const { findings: all } = findings.report()
    expect(all.map(({ code }) => code)).toEqual(['check_timed_out', 'check_failed'])
    expect(all[1]?.cause).toMatch(/^The check of the packages ended with TypeError\./)
  })
})
