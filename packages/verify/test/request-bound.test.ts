import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { type Authority, createAuthority, secondKey } from './support/authority.ts'
import { codeOf, createTestVerifier, settle } from './support/verifier.ts'

/** The requests that began last belong to a request of the Worker that has ended: nobody hears of them any more. */
const never = (): Promise<Response> => new Promise(() => undefined)

/** Time goes on as long as somebody waits, up to a minute. */
async function inTime<T>(authority: Authority, work: Promise<T>): Promise<T | 'waits for ever'> {
  let isDone = false
  const done = work.finally(() => {
    isDone = true
  })
  for (let left = 600; left > 0 && !isDone; left--) {
    await settle()
    authority.clock.advance(isDone ? 0 : 100)
  }
  return isDone ? done : 'waits for ever'
}

beforeEach(() => vi.stubGlobal('navigator', { userAgent: 'Cloudflare-Workers' }))
afterEach(() => vi.unstubAllGlobals())

/** A verifier whose keys are due, while the request that began to load them has ended. */
async function withLostRefresh(): Promise<{
  authority: Authority
  verifier: ReturnType<typeof createTestVerifier>
  token: string
}> {
  const authority = createAuthority()
  const verifier = createTestVerifier(authority)
  const token = await authority.sign()
  expect(await codeOf(verifier.verify(token))).toBe('ok')
  const bundle = authority.answer
  authority.answer = never
  authority.clock.advance(660_000)
  // Its timers end with it, too.
  const { setTimeout } = authority.clock
  authority.clock.setTimeout = () => () => undefined
  void verifier.verify(token).catch(() => undefined)
  await settle()
  authority.clock.setTimeout = setTimeout
  authority.answer = bundle
  return { authority, verifier, token }
}

describe('where requests end with the request in which they began', () => {
  test('a forged token does not wait for keys that nobody loads any more', async () => {
    const { authority, verifier } = await withLostRefresh()
    const forged = await authority.sign({}, { key: secondKey })
    expect(await inTime(authority, codeOf(verifier.verify(forged)))).toBe('token_invalid')
  })

  test('a known token is verified at once while another request loads keys', async () => {
    const { verifier, token } = await withLostRefresh()
    expect(await codeOf(verifier.verify(token))).toBe('ok')
  })

  test('keys that the server has replaced are loaded, and those before are trusted no more', async () => {
    const { authority, verifier, token } = await withLostRefresh()
    authority.published = [secondKey]
    authority.clock.advance(60_000)
    const answers = [
      await inTime(
        authority,
        codeOf(verifier.verify(await authority.sign({}, { key: secondKey }))),
      ),
      await inTime(authority, codeOf(verifier.verify(token))),
    ]
    expect(answers).toEqual(['ok', 'token_invalid'])
  })

  test('a caller that begins a refresh waits for it: it would end with its request', async () => {
    const authority = createAuthority()
    const verifier = createTestVerifier(authority)
    const token = await authority.sign()
    await verifier.verify(token)
    authority.published = [secondKey]
    authority.clock.advance(660_000)
    expect(await inTime(authority, codeOf(verifier.verify(token)))).toBe('token_invalid')
    expect(authority.requests.length).toBeLessThanOrEqual(3)
  })

  test('the first caller may go away before it has the keys', async () => {
    const authority = createAuthority()
    const verifier = createTestVerifier(authority)
    const token = await authority.sign()
    const bundle = authority.answer
    const { setTimeout } = authority.clock
    authority.answer = never
    authority.clock.setTimeout = () => () => undefined
    void verifier.verify(token).catch(() => undefined)
    await settle()
    authority.clock.setTimeout = setTimeout
    authority.answer = bundle
    const two = Promise.all([codeOf(verifier.verify(token)), codeOf(verifier.verify(token))])
    expect(await inTime(authority, two)).toEqual(['ok', 'ok'])
  })

  test('callers that come together share one request for keys', async () => {
    const authority = createAuthority()
    const verifier = createTestVerifier(authority)
    const tokens = await Promise.all(Array.from({ length: 20 }, () => authority.sign()))
    const all = Promise.all(tokens.map((token) => codeOf(verifier.verify(token))))
    expect(new Set(await inTime(authority, all))).toEqual(new Set(['ok']))
    expect(authority.requests).toHaveLength(1)
  })

  test('a check of a token goes on without the caller that began it', async () => {
    const authority = createAuthority()
    const verifier = createTestVerifier(authority, { onlineCheck: { whenUnavailable: 'reject' } })
    const token = await authority.sign()
    const bundle = authority.answer
    authority.answer = (url) => (url.pathname.endsWith('/validate') ? never() : bundle(url))
    const { setTimeout } = authority.clock
    authority.clock.setTimeout = () => () => undefined
    void verifier.verify(token).catch(() => undefined)
    await settle()
    authority.clock.setTimeout = setTimeout
    authority.answer = (url) =>
      url.pathname.endsWith('/validate') ? Response.json({ valid: true }) : bundle(url)
    expect(await inTime(authority, codeOf(verifier.verify(token)))).toBe('ok')
  })
})

describe('elsewhere', () => {
  test('no caller waits for a refresh while there are keys', async () => {
    vi.unstubAllGlobals()
    const authority = createAuthority()
    const verifier = createTestVerifier(authority)
    const token = await authority.sign()
    await verifier.verify(token)
    authority.answer = never
    authority.clock.advance(660_000)
    expect(await codeOf(verifier.verify(token))).toBe('ok')
    expect(authority.requests).toHaveLength(2)
  })
})
