import { describe, expect, test } from 'vitest'
import { requestJson } from '../src/http/request-json.ts'
import {
  AUTHSEC_URL,
  type Authority,
  createAuthority,
  createTestKey,
  secondKey,
  TENANT_ID,
} from './support/authority.ts'
import { createFakeClock } from './support/fake-clock.ts'
import { codeOf, createTestVerifier, settle } from './support/verifier.ts'

const down = (): Response => new Response('down', { status: 503 })

/** The largest number of requests in any 30 s, without the first load. */
function mostIn30Seconds({ requests }: Authority): number {
  const times = requests.slice(1).map(({ at }) => at)
  return Math.max(0, ...times.map((t) => times.filter((u) => u >= t && u < t + 30_000).length))
}

describe('the source of keys', () => {
  test('is not requested for a token of another issuer', async () => {
    const authority = createAuthority()
    const verifier = createTestVerifier(authority)
    const token = await authority.sign({ iss: 'spiffe://11111111-2222-4333-8444-555555555555' })
    expect(await codeOf(verifier.verify(token))).toBe('wrong_issuer')
    expect(authority.requests).toHaveLength(0)
  })

  test.each([AUTHSEC_URL, `${AUTHSEC_URL}/`, `${AUTHSEC_URL}/authsec`, `${AUTHSEC_URL}/authsec/`])(
    'is derived from %s',
    async (authSecUrl) => {
      const authority = createAuthority()
      const verifier = createTestVerifier(authority, { authSecUrl })
      await verifier.verify(await authority.sign())
      expect(authority.requests.map(({ url }) => url.href)).toEqual([
        `${AUTHSEC_URL}/authsec/spiresvc/v1/jwt/bundle?tenant_id=${TENANT_ID}`,
      ])
      expect(authority.requests[0]?.init.redirect).toBe('manual')
    },
  )

  test.each([400, 404])(
    'is requested by workspace_id after a %i, and from then on',
    async (status) => {
      const authority = createAuthority()
      const bundle = authority.answer
      authority.answer = (url) =>
        url.searchParams.has('workspace_id') ? bundle(url) : new Response('{}', { status })
      const verifier = createTestVerifier(authority)
      await verifier.verify(await authority.sign())
      authority.clock.advance(600_000)
      await verifier.verify(await authority.sign())
      await settle()
      expect(authority.requests.map(({ url }) => [...url.searchParams.keys()].join())).toEqual([
        'tenant_id',
        'workspace_id',
        'workspace_id',
      ])
    },
  )

  test('can be another URL, or the keys themselves', async () => {
    const authority = createAuthority()
    const token = await authority.sign()
    const jwksUrl = 'https://keys.example.com/jwks?x=1'
    const online = createTestVerifier(authority, { jwksUrl })
    expect(await codeOf(online.verify(token))).toBe('ok')
    expect(authority.requests.map(({ url }) => url.href)).toEqual([jwksUrl])
    const keys = [authority.key.jwk]
    const offline = createTestVerifier(authority, { keys })
    expect(await codeOf(offline.verify(token))).toBe('ok')
    expect(await codeOf(offline.verify(await authority.sign({}, { key: secondKey })))).toBe(
      'token_invalid',
    )
    expect(authority.requests).toHaveLength(1)
  })

  test('is requested once for a thousand first tokens', async () => {
    const authority = createAuthority()
    const verifier = createTestVerifier(authority)
    const token = await authority.sign()
    await Promise.all(Array.from({ length: 1_000 }, () => verifier.verify(token)))
    expect(authority.requests).toHaveLength(1)
  })
})

describe('the choice of keys', () => {
  test('tries each key for a token without a kid', async () => {
    const authority = createAuthority()
    authority.published = [secondKey, authority.key]
    expect(await codeOf(createTestVerifier(authority).verify(await authority.sign()))).toBe('ok')
  })

  test('tries at most eight keys', async () => {
    const authority = createAuthority()
    authority.published = [...Array(8).fill(secondKey), authority.key]
    expect(await codeOf(createTestVerifier(authority).verify(await authority.sign()))).toBe(
      'token_invalid',
    )
  })

  test.each([
    ['of 1024 bits', { ...createTestKey('default', 1024).jwk }],
    ['for encryption', { use: 'enc' }],
    ['for another algorithm', { alg: 'RS512' }],
    ['for other operations', { key_ops: ['sign'] }],
    ['with the exponent 1', { e: 'AQ' }],
    ['of another type', { kty: 'EC' }],
  ])('leaves out a key %s', async (_, changes) => {
    const authority = createAuthority()
    const verifier = createTestVerifier(authority)
    authority.answer = () => Response.json({ keys: [{ ...authority.key.jwk, ...changes }] })
    expect(await codeOf(verifier.verify(await authority.sign()))).toBe('keys_unavailable')
  })

  test.each<[string, (authority: Authority) => Response]>([
    ['longer than 64 KiB', (a) => Response.json({ keys: [a.key.jwk], pad: 'x'.repeat(65_536) })],
    ['of 33 keys', (a) => Response.json({ keys: Array(33).fill(a.key.jwk) })],
    ['that is a redirect', () => Response.redirect('https://evil.test/jwks', 302)],
    ['that is an HTML page', () => new Response('<html>')],
    ['that is not a JWK Set', () => Response.json({ keys: 'none' })],
    ['with an empty set', () => Response.json({ keys: [] })],
  ])('rejects a response %s', async (_, answer) => {
    const authority = createAuthority()
    const verifier = createTestVerifier(authority)
    authority.answer = () => answer(authority)
    expect(await codeOf(verifier.verify(await authority.sign()))).toBe('keys_unavailable')
    expect(authority.requests).toHaveLength(1)
  })
})

describe('the deadline of a request', () => {
  test('ends the wait after 5 s, even when the fetch ignores its signal', async () => {
    const clock = createFakeClock()
    let signal: AbortSignal | null | undefined
    const fetch = (_: string, init: RequestInit): Promise<Response> => {
      signal = init.signal
      return new Promise(() => {})
    }
    const request = requestJson({ fetch, clock }, AUTHSEC_URL)
    const rejection = expect(request).rejects.toThrow('no usable response')
    clock.advance(4_999)
    expect([signal?.aborted, clock.pending]).toEqual([false, 1])
    clock.advance(1)
    await rejection
    expect([signal?.aborted, clock.pending]).toEqual([true, 0])
  })

  test('leaves no timer behind after a response or a failure', async () => {
    const clock = createFakeClock()
    await requestJson({ fetch: async () => Response.json({}), clock }, AUTHSEC_URL)
    const failing = requestJson({ fetch: () => Promise.reject(new Error('x')), clock }, AUTHSEC_URL)
    await expect(failing).rejects.toThrow('no usable response')
    await settle()
    expect(clock.pending).toBe(0)
  })

  test('turns a key server that hangs into keys_unavailable', async () => {
    const authority = createAuthority()
    authority.answer = () => new Promise(() => {})
    const code = codeOf(createTestVerifier(authority).verify(await authority.sign()))
    await settle()
    authority.clock.advance(5_000)
    expect(await code).toBe('keys_unavailable')
  })
})

describe('a reload of keys', () => {
  test('finds a new key under the same kid at once, and withdraws the old one', async () => {
    const authority = createAuthority()
    const verifier = createTestVerifier(authority)
    const old = await authority.sign()
    await verifier.verify(old)
    authority.published = [secondKey]
    expect(await codeOf(verifier.verify(await authority.sign({}, { key: secondKey })))).toBe('ok')
    expect(await codeOf(verifier.verify(old))).toBe('token_invalid')
    expect(authority.requests).toHaveLength(2)
  })

  test('finds a second rotation within 30 s when the 30 s have passed', async () => {
    const authority = createAuthority()
    const verifier = createTestVerifier(authority)
    const [first, second] = [await authority.sign(), await authority.sign({}, { key: secondKey })]
    await verifier.verify(first)
    authority.published = [secondKey]
    await verifier.verify(second)
    authority.published = [authority.key]
    const again = await authority.sign()
    authority.clock.advance(29_999)
    expect(await codeOf(verifier.verify(again))).toBe('token_invalid')
    authority.clock.advance(1)
    expect(await codeOf(verifier.verify(again))).toBe('ok')
  })

  test('happens at most once in 30 s for 10 000 tokens with random kids', async () => {
    const authority = createAuthority()
    const verifier = createTestVerifier(authority)
    const [, payload, signature] = (await authority.sign({}, { key: secondKey })).split('.')
    for (let index = 0; index < 10_000; index++) {
      const header = { alg: 'RS256', typ: 'JWT', kid: `kid-${index}` }
      const named = Buffer.from(JSON.stringify(header)).toString('base64url')
      const code = await codeOf(verifier.verify(`${named}.${payload}.${signature}`))
      if (code !== 'token_invalid') expect.fail(`token ${index}: ${code}`)
      authority.clock.advance(30)
    }
    // In 300 s: the first load, and one every 30 s after it.
    expect(authority.requests.length).toBeLessThanOrEqual(10)
    expect(mostIn30Seconds(authority)).toBe(1)
  })

  test('happens at most once in 30 s for bad signatures, also in parallel', async () => {
    const authority = createAuthority()
    const verifier = createTestVerifier(authority)
    await verifier.verify(await authority.sign())
    const forged = await Promise.all(
      Array.from({ length: 50 }, () => authority.sign({}, { key: secondKey })),
    )
    for (let step = 0; step < 10; step++) {
      const codes = await Promise.all(forged.map((token) => codeOf(verifier.verify(token))))
      expect(new Set(codes)).toEqual(new Set(['token_invalid']))
      authority.clock.advance(6_000)
    }
    expect(authority.requests).toHaveLength(3)
    expect(mostIn30Seconds(authority)).toBe(1)
  })
})

describe('an outage of the key server', () => {
  test('of one hour causes no rejection of valid tokens and at most 80 requests', async () => {
    const authority = createAuthority()
    const verifier = createTestVerifier(authority)
    await verifier.verify(await authority.sign())
    authority.answer = down
    authority.clock.advance(600_000)
    const before = authority.requests.length
    let failures = 0
    // A call each second, and a new token every ten seconds, which is not in the cache yet.
    let token = ''
    for (let second = 0; second < 3_600; second++) {
      if (second % 10 === 0) token = await authority.sign()
      if ((await codeOf(verifier.verify(token))) !== 'ok') failures += 1
      await settle()
      authority.clock.advance(1_000)
    }
    const requests = authority.requests.length - before
    console.info(`outage of 1 h: ${failures} failures of 3600, ${requests} requests`)
    expect(failures).toBe(0)
    expect(requests).toBeGreaterThan(30)
    expect(requests).toBeLessThanOrEqual(80)
  })

  test('ends without a rejection of valid tokens', async () => {
    const authority = createAuthority()
    const verifier = createTestVerifier(authority)
    await verifier.verify(await authority.sign())
    const bundle = authority.answer
    authority.answer = () => Promise.reject(new TypeError('fetch failed'))
    authority.clock.advance(3_600_000)
    expect(await codeOf(verifier.verify(await authority.sign()))).toBe('ok')
    await settle()
    authority.answer = bundle
    authority.published = [secondKey]
    authority.clock.advance(60_000)
    expect(await codeOf(verifier.verify(await authority.sign({}, { key: secondKey })))).toBe('ok')
  })

  test('of more than 24 h ends the trust in old keys and in cached tokens', async () => {
    const authority = createAuthority()
    const verifier = createTestVerifier(authority)
    await verifier.verify(await authority.sign())
    authority.answer = down
    authority.clock.advance(86_400_000 - 1_000)
    const token = await authority.sign()
    expect(await codeOf(verifier.verify(token))).toBe('ok')
    await settle()
    authority.clock.advance(1_000)
    expect(await codeOf(verifier.verify(token))).toBe('keys_unavailable')
  })

  test('from the start rejects tokens with few requests, and ends with the next load', async () => {
    const authority = createAuthority()
    const bundle = authority.answer
    authority.answer = down
    const verifier = createTestVerifier(authority)
    const token = await authority.sign()
    for (let call = 0; call < 100; call++) {
      expect(await codeOf(verifier.verify(token))).toBe('keys_unavailable')
    }
    expect(authority.requests).toHaveLength(1)
    await expect(verifier.verify(token)).rejects.toMatchObject({
      status: 503,
      retryAfterSeconds: 1,
    })
    authority.answer = bundle
    authority.clock.advance(1_000)
    expect(await codeOf(verifier.verify(token))).toBe('ok')
  })

  test('causes no more requests when forged tokens arrive', async () => {
    const authority = createAuthority()
    const verifier = createTestVerifier(authority)
    await verifier.verify(await authority.sign())
    authority.answer = down
    const forged = await authority.sign({}, { key: secondKey })
    for (let second = 0; second < 600; second++) {
      expect(await codeOf(verifier.verify(forged))).toBe('token_invalid')
      authority.clock.advance(1_000)
    }
    expect(mostIn30Seconds(authority)).toBe(1)
    // One in 30 s would be 20. The pauses after failures reduce that further.
    expect(authority.requests.length).toBeLessThanOrEqual(16)
  })

  test('that sends an empty key set ends the trust in all keys at once', async () => {
    const authority = createAuthority()
    const verifier = createTestVerifier(authority)
    const token = await authority.sign()
    await verifier.verify(token)
    authority.published = []
    authority.clock.advance(30_000)
    await codeOf(verifier.verify(await authority.sign({}, { key: secondKey })))
    for (let call = 0; call < 100; call++) {
      expect(await codeOf(verifier.verify(token))).toBe('keys_unavailable')
    }
    expect(authority.requests).toHaveLength(2)
  })
})
