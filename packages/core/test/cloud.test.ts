import {
  createFakeClock,
  inProcessClient,
  inProcessEmulator,
  rejection,
  startServer,
  testClient,
  testEmulator,
  watch,
} from '@authsec-internal/test-kit'
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import type { TokenCredential } from '@azure/core-auth'
import {
  bearerTokenAuthenticationPolicy,
  createDefaultHttpClient,
  createEmptyPipeline,
  createPipelineRequest,
} from '@azure/core-rest-pipeline'
import { OAuth2Client } from 'google-auth-library'
import { describe, expect, it } from 'vitest'
import { awsCredentialProvider, azureTokenCredential, googleAuthClient } from '../src/cloud.ts'
import { CloudExchangeError } from '../src/errors.ts'

const AWS = { roleArn: 'arn:aws:iam::123456789012:role/agent-reader' }
const AZURE = { tenantId: '72f988bf-86f1-41af-91ab-2d7cd011db47' }
const GCP = {
  projectId: 'demo-project',
  serviceEmail: 'agent@demo-project.iam.gserviceaccount.com',
}

describe('the exchange', () => {
  it.each([
    ['aws', AWS],
    ['azure', AZURE],
    ['gcp', GCP],
  ] as const)(
    'for %s says plainly that today’s servers do not offer it',
    async (provider, options) => {
      const emulator = inProcessEmulator()
      const client = inProcessClient(emulator)
      const error = await rejection(client.exchangeCloudCredentials(provider, options as never))
      expect(CloudExchangeError.isInstance(error)).toBe(true)
      expect(error).toMatchObject({
        code: 'not_available',
        status: 401,
        hint: expect.stringMatching(/500 or 501/),
      })
    },
  )

  it.each([
    [500, { error: 'server_error', error_description: 'not yet implemented' }, 'not_available'],
    [501, { error: 'server_error' }, 'not_available'],
    [410, { error: 'unsupported' }, 'not_available'],
    [401, { error: 'invalid_client' }, 'authentication_required'],
    [400, { error: 'invalid_request' }, 'request_rejected'],
    [503, { error: 'OIDC provider not initialized' }, 'server_error'],
    [200, { access_token: 'abc' }, 'invalid_response'],
    [200, { access_token: 'abc', expires_in: Number.MAX_VALUE }, 'invalid_response'],
    [200, { access_token: 'abc', expires_in: 3_600_000 }, 'invalid_response'],
    [200, { access_token: 'abc', expires_in: 86_401 }, 'invalid_response'],
    [200, { access_token: 'abc', expires_at: '2199-01-01T00:00:00Z' }, 'invalid_response'],
    [200, { access_token: 'abc', expiration: 1_795_000_000_000 }, 'invalid_response'],
    [200, { access_token: 'a\nb', expires_in: 60 }, 'invalid_response'],
    [200, { access_token: 'abc', expires_at: '2020-01-01T00:00:00Z' }, 'invalid_response'],
    [200, { access_key_id: 'A', secret_access_key: 'B', expires_in: 60 }, 'invalid_response'],
  ])('answered %i %j is %s', async (status, body, code) => {
    const emulator = inProcessEmulator()
    emulator.control.failNext({ kind: 'status', status, body }, { path: /exchange/ })
    const error = await rejection(inProcessClient(emulator).exchangeCloudCredentials('aws', AWS))
    expect(error).toMatchObject({ code })
  })

  it('takes both documented answers, and hides what is secret in them', async () => {
    const emulator = inProcessEmulator()
    const client = inProcessClient(emulator)
    emulator.control.setCloudExchange('aws-keys')
    const keys = await client.exchangeCloudCredentials('aws', AWS)
    expect(keys).toMatchObject({ provider: 'aws', kind: 'aws-keys' })
    expect(keys.secretAccessKey).toBeTypeOf('string')
    emulator.control.setCloudExchange('token')
    const token = await client.exchangeCloudCredentials('azure', AZURE)
    expect(token).toMatchObject({ provider: 'azure', kind: 'token', secretAccessKey: undefined })
    watch('credentials', [keys, token, { ...keys }])
  })

  it('uses the session of a newer server', async () => {
    const emulator = inProcessEmulator({ profile: 'workspace', cloudExchange: 'token' })
    const apiToken = await emulator.control.adminToken()
    const client = inProcessClient(emulator, { apiToken })
    expect(await client.exchangeCloudCredentials('gcp', GCP)).toMatchObject({ kind: 'token' })
  })

  it.each([
    ['aws', { roleArn: 'evil' }, /roleArn/],
    ['azure', { tenantId: 'evil.com/' }, /tenantId/],
    ['gcp', { projectId: 'x', serviceEmail: 'y' }, /projectId/],
  ] as const)('refuses malformed options for %s', async (provider, options, named) => {
    const client = inProcessClient(inProcessEmulator())
    const error = await rejection(client.exchangeCloudCredentials(provider, options as never))
    expect(error.message).toMatch(named)
  })
})

describe('a provider', () => {
  it('exchanges once for all, ahead of expiry in the background, and serves through a failure', async () => {
    const clock = createFakeClock()
    const emulator = inProcessEmulator({
      clock,
      cloudExchange: 'aws-keys',
      ttlSeconds: 86_000,
    })
    const client = inProcessClient(emulator, { clock })
    const provide = awsCredentialProvider(client, AWS, { clock })
    const exchanges = (): number =>
      emulator.requests.filter(({ path }) => path.includes('exchange')).length
    const all = await Promise.all(Array.from({ length: 100 }, () => provide()))
    expect(new Set(all.map(({ secretAccessKey }) => secretAccessKey)).size).toBe(1)
    expect(exchanges()).toBe(1)
    const [first] = all

    await clock.advance(3_400_000)
    emulator.control.failNext({ kind: 'status', status: 503 }, { path: /exchange/ })
    expect((await provide()).secretAccessKey).toBe(first?.secretAccessKey)
    await expect.poll(exchanges).toBe(2)
    expect((await provide()).secretAccessKey).toBe(first?.secretAccessKey)
    expect(exchanges()).toBe(2)
    await clock.advance(31_000)
    await provide()
    await expect.poll(exchanges).toBe(3)
    await expect
      .poll(async () => (await provide()).secretAccessKey)
      .not.toBe(first?.secretAccessKey)
    watch('AWS credentials', all)
  })

  it('fails with the exchange’s own error when there is nothing to serve', async () => {
    const client = inProcessClient(inProcessEmulator())
    expect(await rejection(awsCredentialProvider(client, AWS)())).toMatchObject({
      code: 'not_available',
    })
  })

  it('refuses a token where keys are wanted', async () => {
    const client = inProcessClient(inProcessEmulator({ cloudExchange: 'token' }))
    expect(await rejection(awsCredentialProvider(client, AWS)())).toMatchObject({
      code: 'invalid_response',
    })
  })
})

describe('the clouds’ own SDKs', () => {
  it('AWS: an STS client signs with the keys', async () => {
    await using emulator = await testEmulator({ cloudExchange: 'aws-keys' })
    let authorization = ''
    let sessionToken = ''
    await using sts = await startServer((request, response) => {
      authorization = String(request.headers.authorization)
      sessionToken = String(request.headers['x-amz-security-token'])
      response.writeHead(200, { 'content-type': 'text/xml' })
      response.end(
        '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult><Account>123456789012</Account></GetCallerIdentityResult></GetCallerIdentityResponse>',
      )
    })
    const credentials = awsCredentialProvider(testClient(emulator), AWS)
    const client = new STSClient({ region: 'us-east-1', endpoint: sts.baseUrl, credentials })
    const { Account } = await client.send(new GetCallerIdentityCommand({}))
    expect(Account).toBe('123456789012')
    const issued = await credentials()
    expect(authorization).toContain(`Credential=${issued.accessKeyId}/`)
    expect(sessionToken).toBe(issued.sessionToken)
    client.destroy()
  })

  it('Azure: the authentication policy sends the token', async () => {
    await using emulator = await testEmulator({ cloudExchange: 'token' })
    const credential: TokenCredential = azureTokenCredential(testClient(emulator), AZURE)
    let authorization = ''
    await using api = await startServer((request, response) => {
      authorization = String(request.headers.authorization)
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"value":[]}')
    })
    const scopes = 'https://management.azure.com/.default'
    const pipeline = createEmptyPipeline()
    pipeline.addPolicy(bearerTokenAuthenticationPolicy({ credential, scopes }))
    // The authentication policy refuses anything but https; behind it the request goes to loopback.
    pipeline.addPolicy({
      name: 'loopback',
      sendRequest(request, next) {
        request.url = `${api.baseUrl}/subscriptions`
        request.allowInsecureConnection = true
        return next(request)
      },
    })
    const { status } = await pipeline.sendRequest(
      createDefaultHttpClient(),
      createPipelineRequest({ url: 'https://management.azure.com/subscriptions' }),
    )
    expect([status, api.count]).toEqual([200, 1])
    const issued = await credential.getToken('any')
    expect(authorization).toBe(`Bearer ${issued?.token}`)
    expect(issued?.expiresOnTimestamp).toBeGreaterThan(Date.now())
    watch('an Azure token', issued)
  })

  it('Google: google-auth-library sends the token and refreshes with it', async () => {
    await using emulator = await testEmulator({ cloudExchange: 'token' })
    let authorization = ''
    await using api = await startServer((request, response) => {
      authorization = String(request.headers.authorization)
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"buckets":[]}')
    })
    const provider = googleAuthClient(testClient(emulator), GCP)
    const client = new OAuth2Client()
    client.refreshHandler = provider.refreshHandler
    const { data } = await client.request({ url: `${api.baseUrl}/storage/v1/b` })
    expect(data).toEqual({ buckets: [] })
    const { token } = await provider.getAccessToken()
    expect(authorization).toBe(`Bearer ${token}`)
    expect((await provider.getRequestHeaders()).get('authorization')).toBe(`Bearer ${token}`)
    watch('a Google token', await provider.refreshHandler())
  })
})
