import { describe, expect, test } from 'vitest'
import { isMissing, startSession } from '../src/run-script.ts'

describe.skipIf(isMissing)('authsec-langchain-sdk', () => {
  test('pulls once and caches, and sees the next delegation after a forced refresh', async () => {
    await using session = await startSession('langchain_delegation.py')
    const { emulator, script } = session
    const first = await script.next()
    expect(first).toMatchObject({ is_cached: true, token: emulator.control.issuedTokens[0] })
    expect(session.pulls()).toBe(1)
    // It can read the microseconds of the server's timestamp.
    const lifetime = Number(first['expires_at']) - Date.now() / 1000
    expect(lifetime).toBeGreaterThan(3_500)
    expect(lifetime).toBeLessThan(3_601)
    emulator.control.delegate()
    const second = await script.next()
    const [old, renewed] = emulator.control.issuedTokens
    expect(second).toEqual({ cached: { value: old }, refreshed: { value: renewed } })
  })

  test('keeps a revoked token until it refreshes, and then reports the 404', async () => {
    await using session = await startSession('langchain_delegation.py')
    const { token } = await session.script.next()
    session.emulator.control.revoke()
    expect(await session.script.next()).toMatchObject({
      cached: { value: token },
      refreshed: { error: 'DelegationError', text: expect.stringMatching(/404.*No active/) },
    })
  })

  test('reports the 410 of an expired delegation', async () => {
    await using session = await startSession('langchain_delegation.py')
    await session.script.next()
    session.emulator.control.expire()
    expect(await session.script.next()).toMatchObject({
      refreshed: { error: 'DelegationError', text: expect.stringMatching(/410.*has expired/) },
    })
  })

  test('pulls at each call during the last minute of a token (contract 8)', async () => {
    await using session = await startSession('langchain_delegation.py', { ttlSeconds: 30 })
    expect(await session.script.next()).toMatchObject({ is_cached: true })
    expect(session.pulls()).toBe(2)
  })

  test('its callback handler puts the token into the metadata of a tool run', async () => {
    await using session = await startSession('langchain_delegation.py')
    await session.script.next()
    await session.script.next()
    const [token] = session.emulator.control.issuedTokens
    expect(await session.script.next()).toEqual({ answer: 'ACME', token })
  })
})

test.skipIf(isMissing)(
  'authsec-langgraph-sdk puts the token into the state, and so into checkpoints (contract 8)',
  async () => {
    await using session = await startSession('langgraph_state.py')
    const report = await session.script.next()
    const [authsec_token] = session.emulator.control.issuedTokens
    expect(report).toMatchObject({ state: { authsec_token }, update: { authsec_token } })
  },
)

test.skipIf(isMissing)(
  'authsec-sdk pulls, calls the vault, tells 410 from 404, and cannot read the text of a wrong path',
  async () => {
    await using session = await startSession('sdk_delegation.py')
    const { emulator, script } = session
    const pulled = await script.next()
    expect(pulled).toMatchObject({
      pulled: { value: emulator.control.issuedTokens[0] },
      permissions: ['metrics:read', 'records:read'],
      metrics: { value: { mfa_coverage_percent: expect.any(Number) } },
    })
    expect(Number(pulled['expires_in'])).toBeGreaterThan(3_500)
    emulator.control.expire()
    expect(await script.next()).toMatchObject({ expired: { error: 'DelegationTokenExpired' } })
    expect(await script.next()).toMatchObject({ after: { error: 'DelegationTokenNotFound' } })
    expect(await script.next()).toMatchObject({ wrong_path: { error: 'DelegationError' } })
  },
)
