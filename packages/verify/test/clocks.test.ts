import { expectNumberedTimersToWork } from '@authsec-internal/test-kit'
import { describe, expect, test } from 'vitest'
import type { DelegationVerifier } from '../src/index.ts'
import { systemClock } from '../src/support/clock.ts'
import { type Authority, createAuthority, secondKey } from './support/authority.ts'
import { codeOf, createTestVerifier, settle } from './support/verifier.ts'

const DAY_MS = 86_400_000

interface Setup {
  readonly authority: Authority
  readonly verifier: DelegationVerifier
  /** Verifies a new token, which is not in the cache. */
  verifyNew(): Promise<string>
}

function setUp(options: Parameters<typeof createTestVerifier>[1] = {}): Setup {
  const authority = createAuthority()
  const verifier = createTestVerifier(authority, options)
  const verifyNew = async (): Promise<string> => codeOf(verifier.verify(await authority.sign()))
  return { authority, verifier, verifyNew }
}

describe('a wall clock that is set forward', () => {
  // A machine that was suspended shows the same: its monotonic clock stood still meanwhile.
  test('ends the trust in old keys when the key server is down', async () => {
    const { authority, verifyNew } = setUp()
    await verifyNew()
    authority.answer = () => new Response('down', { status: 503 })
    authority.clock.jump(DAY_MS)
    expect(await verifyNew()).toBe('keys_unavailable')
  })

  test('ends the minute of a cached token', async () => {
    const { authority, verifier } = setUp()
    const token = await authority.sign()
    const first = await verifier.verify(token)
    authority.clock.jump(59_999)
    expect(await verifier.verify(token)).toBe(first)
    authority.clock.jump(1)
    expect(await verifier.verify(token)).not.toBe(first)
  })

  test('does not shorten the pause after a failure', async () => {
    const { authority, verifyNew } = setUp()
    authority.answer = () => new Response('down', { status: 503 })
    await verifyNew()
    authority.clock.jump(1_000)
    await verifyNew()
    expect(authority.requests).toHaveLength(1)
    authority.clock.advance(1_000)
    await verifyNew()
    expect(authority.requests).toHaveLength(2)
  })

  test('does not shorten the 30 s between two reloads', async () => {
    const { authority, verifier, verifyNew } = setUp()
    await verifyNew()
    for (let attempt = 0; attempt < 3; attempt++) {
      const forged = await authority.sign({}, { key: secondKey })
      expect(await codeOf(verifier.verify(forged))).toBe('token_invalid')
      authority.clock.jump(30_000)
    }
    expect(authority.requests).toHaveLength(2)
  })
})

describe('a wall clock that is set back', () => {
  test('does not make old keys look younger', async () => {
    const { authority, verifyNew } = setUp()
    await verifyNew()
    authority.answer = () => new Response('down', { status: 503 })
    authority.clock.advance(DAY_MS)
    authority.clock.jump(-DAY_MS)
    expect(await verifyNew()).toBe('keys_unavailable')
  })

  test('does not delay the refresh of keys', async () => {
    const { authority, verifyNew } = setUp()
    await verifyNew()
    authority.clock.advance(600_000)
    authority.clock.jump(-600_000)
    await verifyNew()
    await settle()
    expect(authority.requests).toHaveLength(2)
  })

  test('does not prolong the result of an online check', async () => {
    const { authority, verifier } = setUp({ onlineCheck: { whenUnavailable: 'reject' } })
    const bundle = authority.answer
    let checks = 0
    authority.answer = (url) => {
      if (!url.pathname.endsWith('/validate')) return bundle(url)
      checks += 1
      return Response.json({ valid: true })
    }
    const token = await authority.sign()
    await verifier.verify(token)
    authority.clock.advance(60_000)
    authority.clock.jump(-60_000)
    await verifier.verify(token)
    expect(checks).toBe(2)
  })

  test('does not stretch the pause after a failure', async () => {
    const { authority, verifyNew } = setUp()
    const bundle = authority.answer
    authority.answer = () => new Response('down', { status: 503 })
    await verifyNew()
    authority.answer = bundle
    authority.clock.advance(1_000)
    authority.clock.jump(-3_600_000)
    expect(await verifyNew()).toBe('ok')
  })
})

test('the system clock works where timers are numbers', () =>
  expectNumberedTimersToWork(systemClock))
