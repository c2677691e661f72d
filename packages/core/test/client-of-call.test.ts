import { inspect } from 'node:util'
import { createAuthSecClient } from '@authsec/core'
import { type ClientOf, namedClient, namedClientOrNobody } from '@authsec/core/adapter'
import { thrown } from '@authsec-internal/test-kit'
import { describe, expect, it } from 'vitest'

const client = createAuthSecClient({
  baseUrl: 'https://auth.example.com',
  clientId: 'a594430b-2bd4-4792-9666-63162ee858c5',
})

const named = (clientOf: unknown, call: unknown = {}) =>
  namedClient(clientOf as ClientOf<unknown>, call)

describe('the client of a call', () => {
  it('is the one that the function of the program returns', () => {
    expect(named((call: unknown) => (call === 'ours' ? client : undefined), 'ours')).toBe(client)
  })

  it.each<[string, () => unknown, RegExp]>([
    ['returns nothing', () => undefined, /is no client, so nothing was done/],
    ['returns null', () => null, /is no client, so nothing was done/],
    ['returns the ID of an agent', () => 'a594430b-2bd4-4792-9666-63162ee858c5', /not a text/],
    ['returns a token', () => ({ value: 'eyJ' }), /not an object/],
    ['returns a promise of a client', async () => client, /is a promise/],
    ['returns a promise that fails', () => Promise.reject(new Error('x')), /is a promise/],
    ['returns another function', () => () => client, /not a function/],
  ])('is a mistake of the program when the function %s', (_what, clientOf, message) => {
    const error = thrown(() => named(clientOf))
    expect(error).toMatchObject({ name: 'ConfigError', code: 'config_invalid' })
    expect(error.message).toMatch(message)
    expect(error.message).not.toMatch(/a594430b|eyJ/)
  })

  it.each([new Error('no client for a594430b'), 'a594430b', undefined])(
    'is a mistake when the function throws %s, which is not repeated',
    (reason) => {
      const error = thrown(() =>
        named(() => {
          throw reason
        }),
      )
      expect(error).toMatchObject({ name: 'ConfigError', code: 'config_invalid' })
      expect(inspect(error)).not.toContain('a594430b')
    },
  )

  it.each([[undefined], [null]])(
    'may be nobody, by %s, where the adapter refuses calls of nobody',
    (nobody) => {
      expect(namedClientOrNobody(() => nobody as undefined, {})).toBeUndefined()
      expect(namedClientOrNobody(() => client, {})).toBe(client)
      const mistaken = (): unknown => namedClientOrNobody(() => 'x' as never, {}, 'the server')
      expect(thrown(mistaken).message).toMatch(/^What the function `client` of the server returned/)
    },
  )

  it('is a mistake in the words of the pool that refuses', () => {
    const refusal = thrown(() => named(() => undefined))
    const again = thrown(() =>
      named(() => {
        throw refusal
      }),
    )
    expect(again).toBe(refusal)
  })
})
