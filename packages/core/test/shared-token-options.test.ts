import { rejection, testEmulator, thrown } from '@authsec-internal/test-kit'
import { describe, expect, it } from 'vitest'
import { createAuthSecClientFromEnv } from '../src/client/client-from-env.ts'
import { createAuthSecClient } from '../src/client/create-client.ts'
import { ConfigError } from '../src/errors.ts'
import { type AuthSecStore, createMemoryStore } from '../src/store.ts'
import { AGENT, sharedBench, TOKEN_KEYS } from './support/shared-bench.ts'

const KEY = Buffer.from(TOKEN_KEYS[0]?.key ?? []).toString('base64')
const quiet = { onEvent: () => undefined }
const live = { AUTHSEC_BASE_URL: 'https://auth.example.com', AUTHSEC_AGENT_CLIENT_ID: AGENT }

describe('token keys', () => {
  it.each([[TOKEN_KEYS], [[...TOKEN_KEYS, { kid: 't2', key: KEY }]]])(
    'are refused without a store that holds what they seal',
    (tokenKeys) => {
      const options = { baseUrl: 'https://auth.example.com', clientId: AGENT, tokenKeys }
      const error = thrown(() => createAuthSecClient(options))
      expect(error).toBeInstanceOf(ConfigError)
      expect(error).toMatchObject({
        code: 'config_missing',
        message: expect.stringMatching(/store.+tokenKeys/),
        hint: expect.stringMatching(/createFileStore.+AUTHSEC_TOKEN_KEYS/),
      })
    },
  )

  it.each<[string, unknown]>([
    ['no keys', []],
    ['a text', `t1:${KEY}`],
    ['a short key', [{ kid: 't1', key: 'abcd' }]],
    ['a key that is not random', [{ kid: 't1', key: new Uint8Array(32) }]],
    ['two keys of one name', [...TOKEN_KEYS, ...TOKEN_KEYS]],
    ['a key without a name', [{ key: KEY }]],
  ])('are refused when they are %s', (_what, tokenKeys) => {
    const options = {
      baseUrl: 'https://auth.example.com',
      clientId: AGENT,
      store: createMemoryStore(),
    }
    const error = thrown(() => createAuthSecClient({ ...options, tokenKeys } as never))
    expect(error).toMatchObject({
      code: 'config_invalid',
      message: expect.stringMatching(/tokenKeys/),
    })
    expect(`${error.message}${Reflect.get(error, 'hint')}`).not.toContain(KEY)
  })

  it('may be those of approvals: neither kind of text opens as the other', async () => {
    const bench = sharedBench()
    const client = bench.process({ approvals: { keys: TOKEN_KEYS } })
    await client.getDelegationToken()
    const [[, sealed] = ['', '']] = bench.store.entries
    expect(await rejection(client.viewApproval(sealed))).toMatchObject({ code: 'approval_invalid' })
  })
})

describe('AUTHSEC_TOKEN_KEYS', () => {
  it('lets the processes of one agent share a token', async () => {
    await using emulator = await testEmulator()
    const { baseUrl, clientId } = emulator
    const env = {
      AUTHSEC_BASE_URL: baseUrl,
      AUTHSEC_AGENT_CLIENT_ID: clientId,
      AUTHSEC_TOKEN_KEYS: ` t2:${KEY} , t1:${Buffer.from(KEY, 'base64').reverse().toString('base64url')}`,
    }
    const store = createMemoryStore()
    const process = () => createAuthSecClientFromEnv(env, { ...quiet, store: { ...store } })
    const tokens = [await process().getDelegationToken(), await process().getDelegationToken()]
    expect(new Set(tokens.map(({ value }) => value)).size).toBe(1)
    expect(emulator.requests.length).toBe(1)
  })

  it.each(['t1', 't1:abcd', `:${KEY}`, `t1:${KEY},t1:${KEY}`, `t1=${KEY}`])(
    'is refused without being repeated when it is malformed: %s',
    (keys) => {
      const env = { ...live, AUTHSEC_TOKEN_KEYS: keys }
      const error = thrown(() =>
        createAuthSecClientFromEnv(env, { ...quiet, store: createMemoryStore() }),
      )
      expect(error.message).toMatch(/AUTHSEC_TOKEN_KEYS/)
      expect(`${error.message}${Reflect.get(error, 'hint')}`).not.toContain(KEY)
    },
  )

  it('is refused without a store', () => {
    const env = { ...live, AUTHSEC_TOKEN_KEYS: `t1:${KEY}` }
    expect(thrown(() => createAuthSecClientFromEnv(env, quiet))).toMatchObject({
      code: 'config_missing',
      hint: expect.stringMatching(/AUTHSEC_TOKEN_KEYS/),
    })
  })

  it('counts as not set when it is blank', async () => {
    expect(createAuthSecClientFromEnv({ ...live, AUTHSEC_TOKEN_KEYS: ' ' }, quiet).mode).toBe(
      'live',
    )
  })

  it('is ignored in mock mode, where no token is shared', () => {
    const env = { AUTHSEC_MODE: 'mock', AUTHSEC_TOKEN_KEYS: `t1:${KEY}` }
    expect(createAuthSecClientFromEnv(env, quiet).mode).toBe('mock')
  })
})

describe('a store', () => {
  it.each([true, 'lease', {}])('is refused when its lease is %j', (lease) => {
    const store = { ...createMemoryStore(), lease } as unknown as AuthSecStore
    const options = { baseUrl: 'https://auth.example.com', clientId: AGENT, store }
    expect(thrown(() => createAuthSecClient(options))).toMatchObject({
      code: 'config_invalid',
      message: expect.stringMatching(/lease/),
    })
  })
})
