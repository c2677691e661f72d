import type { Emulator } from '@authsec/emulator'
import { testEmulator, thrown } from '@authsec-internal/test-kit'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { createAuthSecClientFromEnv } from '../src/client/client-from-env.ts'
import { defaultClient, keepDefaultClient } from '../src/client/default-client.ts'
import { defineOperation } from '../src/tool/define-operation.ts'
import { defineSecureFetch } from '../src/tool/define-secure-fetch.ts'

const VARIABLES = [
  'AUTHSEC_BASE_URL',
  'AUTHSEC_AGENT_CLIENT_ID',
  'AUTHSEC_API_TOKEN',
  'AUTHSEC_TENANT_ID',
  'AUTHSEC_API_URL',
  'AUTHSEC_MODE',
  'NODE_ENV',
] as const

/** Sets the variables of the process until the end of the test; all others of AuthSec are unset. */
function useEnvironment(env: Partial<Record<(typeof VARIABLES)[number], string>>): void {
  for (const name of VARIABLES) vi.stubEnv(name, env[name])
}

const liveAt = (emulator: Emulator) => ({
  AUTHSEC_BASE_URL: emulator.baseUrl,
  AUTHSEC_AGENT_CLIENT_ID: emulator.clientId,
  AUTHSEC_API_URL: emulator.vaultUrl,
})

const tokenRequests = (emulator: Emulator): number =>
  emulator.requests.filter(({ path }) => path.endsWith('delegation-token')).length

const record = {
  name: 'get_record',
  description: 'One record of the vault.',
  path: 'records/{id}',
  params: z.object({ id: z.string() }),
}

afterEach(() => {
  vi.unstubAllEnvs()
  vi.restoreAllMocks()
})

describe('tools without a client', () => {
  it('share one client, and so one token, whichever is called first', async () => {
    await using emulator = await testEmulator()
    useEnvironment(liveAt(emulator))
    const tools = Array.from({ length: 5 }, () => defineSecureFetch(undefined))
    const outcomes = await Promise.all(tools.map((tool) => tool.execute({ endpoint: 'metrics' })))
    expect(outcomes.map(({ ok }) => ok)).toEqual([true, true, true, true, true])
    const operation = defineOperation(undefined, record)
    expect(await operation.execute({ id: 'rec-0001' })).toMatchObject({ ok: true })
    expect((await operation.plan({ id: 'rec-0002' })).status).toBe('ready')
    expect(tokenRequests(emulator)).toBe(1)
  })

  it('announce mock mode once, and share one embedded emulator', async () => {
    useEnvironment({ AUTHSEC_MODE: 'mock' })
    const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
    for (let n = 0; n < 3; n++) {
      const outcome = await defineSecureFetch(undefined).execute({ endpoint: 'metrics' })
      expect(outcome).toMatchObject({ ok: true, mock: true })
    }
    const [token, same] = await Promise.all([
      defaultClient().getDelegationToken(),
      defaultClient().getDelegationToken(),
    ])
    expect(same.fingerprint).toBe(token.fingerprint)
    const announcements = write.mock.calls.filter(([line]) => String(line).includes('MOCK'))
    expect(announcements).toHaveLength(1)
  })

  it('keep their client when the environment changes: a live tool never becomes a mock tool', async () => {
    await using emulator = await testEmulator()
    useEnvironment(liveAt(emulator))
    const tool = defineSecureFetch(undefined)
    await tool.execute({ endpoint: 'metrics' })
    useEnvironment({ AUTHSEC_MODE: 'mock' })
    const outcome = await tool.execute({ endpoint: 'metrics' })
    expect(outcome).toMatchObject({ ok: true })
    expect(outcome).not.toHaveProperty('mock')
  })

  it('get a new client after somebody closed the shared one', async () => {
    await using emulator = await testEmulator()
    useEnvironment(liveAt(emulator))
    const tool = defineSecureFetch(undefined)
    await tool.execute({ endpoint: 'metrics' })
    await defaultClient().close()
    expect(await tool.execute({ endpoint: 'metrics' })).toMatchObject({ ok: true })
    await defaultClient()[Symbol.asyncDispose]()
    expect(await defineSecureFetch(undefined).execute({ endpoint: 'metrics' })).toMatchObject({
      ok: true,
    })
    expect(tokenRequests(emulator)).toBe(3)
  })

  it('are not disturbed by a client that a program made and closed for itself', async () => {
    await using emulator = await testEmulator()
    useEnvironment(liveAt(emulator))
    const tool = defineSecureFetch(undefined)
    await tool.execute({ endpoint: 'metrics' })
    await createAuthSecClientFromEnv().close()
    expect(await tool.execute({ endpoint: 'metrics' })).toMatchObject({ ok: true })
    expect(tokenRequests(emulator)).toBe(1)
  })
})

describe('the default client', () => {
  const live = {
    AUTHSEC_BASE_URL: 'https://auth.example.com',
    AUTHSEC_AGENT_CLIENT_ID: '6f2c1d0e-8a77-4f57-9a39-0c6f3e6f6f10',
  }
  const other = '0c6f3e6f-8a77-4f57-9a39-6f2c1d0e6f10'

  it.each([
    ['AUTHSEC_BASE_URL', 'https://other.example.com'],
    ['AUTHSEC_AGENT_CLIENT_ID', other],
    ['AUTHSEC_API_TOKEN', 'session-1'],
    ['AUTHSEC_TENANT_ID', other],
    ['AUTHSEC_API_URL', 'https://api.example.com/v1'],
    ['AUTHSEC_MODE', 'mock'],
  ] as const)(
    'is another one when %s has changed, and the same when it is set back',
    (name, value) => {
      vi.spyOn(process.stderr, 'write').mockReturnValue(true)
      useEnvironment(live)
      const before = defaultClient()
      expect(defaultClient()).toBe(before)
      useEnvironment({ ...live, [name]: value })
      expect(defaultClient()).not.toBe(before)
      useEnvironment(live)
      expect(defaultClient()).toBe(before)
    },
  )

  it('is the same when a variable changes that it does not read', () => {
    useEnvironment(live)
    const before = defaultClient()
    vi.stubEnv('HTTP_PROXY', 'http://127.0.0.1:1')
    vi.stubEnv('AUTHSEC_TENANT_ID', '  ')
    vi.stubEnv('NODE_ENV', 'production')
    expect(defaultClient()).toBe(before)
  })

  it('is refused in production without a server, although a mock client was made before', () => {
    vi.spyOn(process.stderr, 'write').mockReturnValue(true)
    useEnvironment({ AUTHSEC_MODE: 'mock' })
    expect(defaultClient().mode).toBe('mock')
    useEnvironment({ AUTHSEC_MODE: 'mock', NODE_ENV: 'production' })
    expect(thrown(defaultClient)).toMatchObject({ code: 'mode_refused' })
  })

  it('does not keep a mistake: it is made as soon as the environment is right', () => {
    useEnvironment({})
    const held = keepDefaultClient()
    expect(thrown(held)).toMatchObject({ code: 'config_missing' })
    useEnvironment({ AUTHSEC_BASE_URL: 'https://auth.example.com' })
    expect(thrown(held)).toMatchObject({ code: 'config_missing' })
    useEnvironment(live)
    expect(held().mode).toBe('live')
    expect(held()).toBe(defaultClient())
  })

  it('forgets the environment used first after sixteen, without closing its client', async () => {
    await using emulator = await testEmulator()
    useEnvironment(liveAt(emulator))
    const first = defaultClient()
    for (let n = 0; n < 16; n++) {
      useEnvironment({ ...live, AUTHSEC_API_URL: `https://api-${n}.example.com` })
      defaultClient()
    }
    useEnvironment(liveAt(emulator))
    expect(defaultClient()).not.toBe(first)
    expect(await first.secureFetch({ endpoint: 'metrics' })).toMatchObject({ ok: true })
  })
})
