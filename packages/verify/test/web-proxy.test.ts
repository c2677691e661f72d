import { describe, expect, test, vi } from 'vitest'
import { ConfigError, createDelegationVerifier } from '../src/index.ts'
import { AUDIENCE, createAuthority, TENANT_ID } from './support/authority.ts'
import { createFakeClock } from './support/fake-clock.ts'
import { thrownBy } from './support/mistakes.ts'

vi.mock('../src/platform/default-fetch.ts', () => import('../src/platform/default-fetch.web.ts'))

const authority = createAuthority(createFakeClock(Date.now()))
const options = {
  authSecUrl: 'https://auth.example.test',
  tenantId: TENANT_ID,
  audience: AUDIENCE,
}

describe('a verifier where there are no sockets', () => {
  test.each(['http://proxy.example.test:3128', new URL('http://127.0.0.1:9'), 'no url'])(
    'refuses the proxy %s, which it could not use',
    async (proxy) => {
      const error = await thrownBy(() => createDelegationVerifier({ ...options, proxy }))
      expect(ConfigError.isInstance(error)).toBe(true)
      expect(error).toMatchObject({
        message: expect.stringContaining('no sockets of Node.js'),
        hint: expect.stringContaining('`fetch`'),
      })
    },
  )

  test('takes no proxy for an answer', () => {
    expect(() => createDelegationVerifier({ ...options, proxy: false })).not.toThrow()
  })

  test('looks at no variables for a proxy', () => {
    vi.stubEnv('HTTPS_PROXY', 'socks5://unusable')
    vi.stubEnv('NODE_USE_ENV_PROXY', '1')
    expect(() => createDelegationVerifier(options)).not.toThrow()
    vi.unstubAllEnvs()
  })

  test('loads keys with the global fetch, and lets it follow no redirect', async () => {
    const seen: (RequestInit & { url: string })[] = []
    vi.stubGlobal('fetch', async (url: string, init: RequestInit) => {
      seen.push({ ...init, url })
      return Response.json({ keys: [authority.key.jwk] })
    })
    const verifier = createDelegationVerifier(options)
    expect(await verifier.verify(await authority.sign())).toMatchObject({ aud: [AUDIENCE] })
    expect(seen).toMatchObject([{ redirect: 'manual' }])
    expect(seen[0]?.url).toContain('https://auth.example.test/authsec/')
    vi.unstubAllGlobals()
  })

  test.each(['https://169.254.169.254', 'https://[fd00:ec2::254]', 'http://auth.example.test'])(
    'refuses %s as others do',
    async (authSecUrl) => {
      const error = await thrownBy(() => createDelegationVerifier({ ...options, authSecUrl }))
      expect(ConfigError.isInstance(error)).toBe(true)
    },
  )
})
