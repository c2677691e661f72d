import { testEmulator } from '@authsec-internal/test-kit'
import { describe, expect, test } from 'vitest'
import { authsec, envOf } from './support/run.ts'

describe('authsec token', () => {
  test('shows what the token is, proves that it is kept, and pulls it again', async () => {
    await using emulator = await testEmulator()
    const { code, out, err } = await authsec(['token'], { env: envOf(emulator) })
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).toMatch(/^token +tok_[\da-f]{8}$/m)
    expect(out).toMatch(/^subject +spiffe:.*cid_[\da-f]{8}$/m)
    expect(out).toMatch(/^permissions +metrics:read, records:read$/m)
    expect(out).toMatch(/^expires +\S+Z \(in (59|60) min\)$/m)
    expect(out).toMatch(/^second call +from memory, without a request$/m)
    const pulls = emulator.requests.filter(({ path }) => path.endsWith('delegation-token'))
    expect(pulls).toHaveLength(2)
  })

  test('prints JSON, and says whether the refresh brought a newer token', async () => {
    await using emulator = await testEmulator()
    const { code, out } = await authsec(['token', '--json'], { env: envOf(emulator) })
    expect(code).toBe(0)
    expect(JSON.parse(out)).toMatchObject({
      mode: 'live',
      cached: true,
      refresh: { requests: 1, sameToken: true },
    })
  })

  test('prints the token with --raw alone, and warns a person', async () => {
    await using emulator = await testEmulator()
    const env = envOf(emulator)
    const piped = await authsec(['token', '--raw'], { env, isSecret: true })
    expect(piped).toMatchObject({ code: 0, err: '' })
    expect(piped.out.trim().split('.')).toHaveLength(3)
    const seen = await authsec(['token', '--raw'], { env, isSecret: true, isTerminal: true })
    expect(seen.err).toMatch(/^warning {2}The next line is the token: a secret\./)
    const both = await authsec(['token', '--raw', '--json'], { env })
    expect(both).toMatchObject({ code: 2, out: '' })
  })

  test.each([
    ['revoked', 'no_active_delegation'],
    ['expired', 'delegation_expired'],
  ] as const)('says why there is none when it is %s', async (how, expected) => {
    await using emulator = await testEmulator()
    if (how === 'revoked') emulator.control.revoke()
    else emulator.control.expire()
    const { code, out, err } = await authsec(['token'], { env: envOf(emulator) })
    expect({ code, out }).toEqual({ code: 1, out: '' })
    expect(err).toContain(expected)
    expect(err).toMatch(/fix +Ask the AuthSec administrator/)
    const asJson = await authsec(['token', '--json'], { env: envOf(emulator) })
    expect(JSON.parse(asJson.out).error).toHaveProperty('hint')
    expect(asJson).toMatchObject({ code: 1, err: '' })
  })

  test('works in mock mode, which says so', async () => {
    const { code, out, err } = await authsec(['token'], { env: { AUTHSEC_MODE: 'mock' } })
    expect(code).toBe(0)
    expect(out).toMatch(/^mode +mock$/m)
    expect(err).toContain('MOCK')
  })

  test('says what is missing when nothing is configured, and when --env-file is not there', async () => {
    const none = await authsec(['token'])
    expect(none.code).toBe(1)
    expect(none.err).toContain('config_missing')
    const file = await authsec(['token', '--env-file', 'no.env'], { env: { AUTHSEC_MODE: 'mock' } })
    expect(file.code).toBe(1)
    expect(file.err).toContain('--env-file')
  })
})
