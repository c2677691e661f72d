import { describe, expect, test } from 'vitest'
import { ConfigError as CoreConfigError } from '../../core/src/errors.ts'
import {
  authenticateRequest,
  ConfigError,
  delegationOf,
  expressBearer,
  fastifyBearer,
  honoBearer,
  VerificationError,
} from '../src/index.ts'
import { createAuthority } from './support/authority.ts'
import { thrownBy } from './support/mistakes.ts'
import { createTestVerifier } from './support/verifier.ts'

const call = (target: (...args: never[]) => unknown, ...args: unknown[]): unknown =>
  Reflect.apply(target, undefined, args)
const verifier = createTestVerifier(createAuthority())
const request = new Request('https://records.example.com/')
/** The parts of each framework's arguments that tell them apart. */
const express = [{ headers: {} }, { setHeader() {}, end() {} }, () => {}]
const hono = [{ req: { header: () => undefined } }, async () => {}]
const fastify = [{ headers: {} }, { code() {}, headers() {}, send() {} }]

describe('delegationOf', () => {
  test.each([{}, request, null, undefined, 'x'])('throws a ConfigError for %j', async (value) => {
    const error = await thrownBy(() => call(delegationOf, value))
    expect(error).toMatchObject({
      code: 'config_missing',
      message: 'No delegation token was verified for this request.',
      hint: 'Add expressBearer, honoBearer or fastifyBearer to the route.',
    })
  })
})

describe('middleware', () => {
  const takers = [expressBearer, honoBearer, fastifyBearer, authenticateRequest]
  test.each(takers)('%s rejects a verifier that is not one', async (take) => {
    const missing = await thrownBy(() => call(take, undefined, request))
    expect(missing.code).toBe('config_missing')
    for (const value of [null, 'verifier', {}, { permissions: ['a'] }, () => ({})]) {
      const error = await thrownBy(() => call(take, value, request))
      expect([error.code, error.message]).toEqual([
        'config_invalid',
        expect.stringContaining('The verifier must be'),
      ])
    }
  })

  test.each<[string, (...args: never[]) => unknown, unknown[][]]>([
    ['expressBearer', expressBearer(verifier), [hono, fastify, [], [{}, {}, () => {}]]],
    ['honoBearer', honoBearer(verifier), [express, fastify, [], hono.slice(0, 1)]],
    ['fastifyBearer', fastifyBearer(verifier), [express, hono, [], [{}, fastify[1]]]],
  ])('%s reports that it was added to another framework', async (name, middleware, others) => {
    for (const args of others) {
      const error = await thrownBy(() => call(middleware, ...args))
      expect(error.message).toContain(`${name} was called with other arguments`)
    }
  })

  test.each([undefined, null, {}, { headers: { authorization: 'Bearer x' } }])(
    'authenticateRequest reports a request that is not standard: %j',
    async (value) => {
      const error = await thrownBy(() => call(authenticateRequest, verifier, value))
      expect(error.hint).toContain('expressBearer in Express')
    },
  )
})

describe('a fetch option that returns no Response', () => {
  const wrong = [undefined, null, 'body', {}, { status: 200 }, { status: '200', headers: {} }]
  const authority = createAuthority()
  const report = async (options: object): Promise<void> => {
    const verifier = createTestVerifier(authority, Object(options))
    const token = await authority.sign()
    // The second call comes within the pause after the first one.
    for (let attempt = 0; attempt < 2; attempt++) {
      const error = await thrownBy(() => verifier.verify(token))
      expect(error.message).toMatch(/^The fetch option must return a Response, not /)
    }
  }

  test.each(wrong)('is not reported as an outage of the keys: %j', async (value) => {
    await report({ fetch: async () => value })
  })

  test.each(['reject', 'accept'] as const)(
    'is not reported as an outage of the online check that would %s',
    async (whenUnavailable) => {
      const { fetch } = authority
      const wrongCheck = async (url: string, init: RequestInit): Promise<unknown> =>
        url.endsWith('/validate') ? 7 : await fetch(url, init)
      await report({ fetch: wrongCheck, onlineCheck: { whenUnavailable } })
    },
  )
})

describe('ConfigError', () => {
  const options = { code: 'config_invalid', message: 'A.', hint: 'B.' } as const

  test('is recognised by core, and recognises the one of core', () => {
    expect(CoreConfigError.isInstance(new ConfigError(options))).toBe(true)
    expect(ConfigError.isInstance(new CoreConfigError(options))).toBe(true)
  })

  test('is not a VerificationError, and no other value is a ConfigError', () => {
    expect(VerificationError.isInstance(new ConfigError(options))).toBe(false)
    const others = [new VerificationError({ code: 'token_invalid' }), new TypeError(), null, 'x']
    for (const value of others) expect(ConfigError.isInstance(value)).toBe(false)
  })

  test('has a name, a code and a hint in JSON', () => {
    expect(JSON.parse(JSON.stringify(new ConfigError(options)))).toEqual({
      name: 'ConfigError',
      ...options,
      retryable: false,
    })
  })
})
