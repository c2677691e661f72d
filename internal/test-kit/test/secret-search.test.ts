import { describe, expect, it } from 'vitest'
import { createSecretSearch } from '../../../packages/emulator/src/testing/secret-search.ts'

const secrets = new Map([
  ['abcdefghijklmnop', 'sixteen'],
  ['abcdefghijklmnopqrstuvwxyz-0123456789', 'longer, with the same beginning'],
  ['0b60420e-8e59-4f3f-9dad-12cf7a11774a', 'a UUID'],
  ['hunter2', 'short'],
  ['two words/and+signs=of base64', 'signs'],
])
const search = createSecretSearch(secrets)

/** Each secret, whole and cut, next to every kind of neighbour. */
const texts = [...secrets.keys()].flatMap((secret) =>
  [
    secret,
    secret.slice(1),
    secret.slice(0, -1),
    `${secret}${secret}`,
    secret.toUpperCase(),
  ].flatMap((form) =>
    ['', ' ', 'x', '-', '_', '.', '"', '\n', 'é'].map((sign) => `${sign}${form}${sign}`),
  ),
)

describe('the search for secrets', () => {
  it.each([texts, [texts.join('')], [texts.join(' ')]])(
    'finds what a plain search finds',
    (...all) => {
      for (const text of all.flat()) {
        const expected = [...secrets].filter(([secret]) => text.includes(secret))
        expect(search.namesIn(text), text).toEqual(new Set(expected.map(([, name]) => name)))
      }
    },
  )
})
