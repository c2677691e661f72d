import { describe, expect, test } from 'vitest'
import { createDelegationVerifier, expressBearer, fastifyBearer, honoBearer } from '../src/index.ts'
import { createAuthority, createTestKey, TENANT_ID } from './support/authority.ts'
import { createTestVerifier } from './support/verifier.ts'

const good = {
  authSecUrl: 'https://auth.example.com',
  tenantId: TENANT_ID,
  audience: 'records-api',
}
const { authSecUrl: _, ...sourceless } = good
const privateUrl = 'https://user:secret-pw@auth.example.com'

const mistakes: [string, object][] = [
  ['tenantId', { ...good, tenantId: 'acme' }],
  ['tenantId', { ...good, tenantId: undefined }],
  ['audience', { ...good, audience: '' }],
  ['audience', { ...good, audience: [] }],
  ['audience', { ...good, audience: undefined }],
  ['authSecUrl', sourceless],
  ['jwksUrl', { ...good, jwksUrl: 'https://keys.example.com' }],
  ['authSecUrl', { ...good, authSecUrl: 'http://auth.example.com' }],
  ['authSecUrl', { ...good, authSecUrl: 'http://127.0.0.1.example.com' }],
  ['authSecUrl', { ...good, authSecUrl: 'auth.example.com' }],
  ['authSecUrl', { ...good, authSecUrl: 'https://auth.example.com/authsec/uflow' }],
  ['authSecUrl', { ...good, authSecUrl: 'https://auth.example.com/?x=1' }],
  ['authSecUrl', { ...good, authSecUrl: privateUrl }],
  ['jwksUrl', { ...sourceless, jwksUrl: 'file:///etc/keys' }],
  ['keys', { ...sourceless, keys: [] }],
  ['keys[0]', { ...sourceless, keys: [createTestKey('a', 1024).jwk] }],
  ['clockToleranceSeconds', { ...good, clockToleranceSeconds: 61 }],
  ['clockToleranceSeconds', { ...good, clockToleranceSeconds: -1 }],
  ['clockToleranceSeconds', { ...good, clockToleranceSeconds: Number.NaN }],
  ['maxTokenLifetimeSeconds', { ...good, maxTokenLifetimeSeconds: 0 }],
  ['subjectPattern', { ...good, subjectPattern: '.*' }],
  ['subjectPattern', { ...good, subjectPattern: 'spiffe://example.org/a*b' }],
  ['allowMockIssuer', { ...good, allowMockIssuer: 'yes' }],
  [
    'onlineCheck',
    { ...sourceless, jwksUrl: 'https://k.test', onlineCheck: { whenUnavailable: 'refuse' } },
  ],
  ['whenUnavailable', { ...good, onlineCheck: {} }],
  ['cacheSeconds', { ...good, onlineCheck: { whenUnavailable: 'refuse', cacheSeconds: 1 } }],
  ['resourceMetadataUrl', { ...good, resourceMetadataUrl: 'records' }],
  ['fetch', { ...good, fetch: 'global' }],
  ['clock.now', { ...good, clock: {} }],
  ['clockTolerance', { ...good, clockTolerance: 5 }],
]

describe('options', () => {
  test.each(mistakes)('a mistake in %s is named: %j', (field, options) => {
    const create = (): unknown => Reflect.apply(createDelegationVerifier, undefined, [options])
    expect(create).toThrow(TypeError)
    expect(create).toThrow(field)
    expect(create).not.toThrow('secret-pw')
  })

  test.each(['http://127.0.0.1:7468', 'http://localhost:7468/authsec', 'http://[::1]:7468'])(
    'plain http works on this machine: %s',
    (authSecUrl) => {
      expect(() => createDelegationVerifier({ ...good, authSecUrl })).not.toThrow()
    },
  )

  test('are copied: changing them later changes nothing', async () => {
    const authority = createAuthority()
    const audience = ['records-api']
    const verifier = createTestVerifier(authority, { audience })
    audience[0] = 'other-api'
    await verifier.verify(await authority.sign())
  })

  test('a misspelt guard is an error when the middleware is made', () => {
    const verifier = createTestVerifier(createAuthority())
    for (const adapter of [expressBearer, honoBearer, fastifyBearer]) {
      expect(() => Reflect.apply(adapter, undefined, [verifier, { scope: 'a' }])).toThrow('scope')
    }
  })
})
