import { readings } from '../../../packages/emulator/src/testing/readings.ts'

/** How an API can write a secret that it received, and every way to read it back. */

const everyCharacter = (text: string, write: (code: number) => string): string =>
  [...text].map((character) => write(character.charCodeAt(0))).join('')

const hex = (code: number, digits: number): string => code.toString(16).padStart(digits, '0')

export const jsonEscaped = (text: string): string =>
  everyCharacter(text, (code) => `\\u${hex(code, 4)}`)
export const percentEncoded = (text: string): string =>
  everyCharacter(text, (code) => `%${hex(code, 2)}`)
export const inEntities = (text: string): string => everyCharacter(text, (code) => `&#${code};`)
export const inBase64 = (text: string): string => Buffer.from(text).toString('base64')
export const inHex = (text: string): string => Buffer.from(text).toString('hex')

/** The bodies of JSON answers that echo a secret. */
export const echoBodies: readonly (readonly [how: string, body: (secret: string) => string])[] = [
  ['as it is', (secret) => JSON.stringify({ echo: secret })],
  ['in JSON escapes', (secret) => `{"echo":"${jsonEscaped(secret)}"}`],
  [
    'in upper-case JSON escapes',
    (secret) => `{"echo":"${jsonEscaped(secret).replace(/[a-f]/g, (c) => c.toUpperCase())}"}`,
  ],
  [
    'with one escaped character in seven',
    (secret) =>
      `{"echo":"${secret.replace(/(.{6})(.)/g, (_all, head, one) => head + jsonEscaped(one))}"}`,
  ],
  ['in a key', (secret) => `{"${jsonEscaped(secret)}":1}`],
  ['after a line break', (secret) => JSON.stringify({ echo: `sent\n${secret}` })],
  ['in JSON inside JSON', (secret) => JSON.stringify({ echo: `{"a":"${jsonEscaped(secret)}"}` })],
  [
    'twice nested',
    (secret) => JSON.stringify({ echo: JSON.stringify({ a: `{"b":"${jsonEscaped(secret)}"}` }) }),
  ],
  ['percent-encoded', (secret) => JSON.stringify({ echo: percentEncoded(secret) })],
  [
    'percent-encoded twice',
    (secret) => JSON.stringify({ echo: percentEncoded(secret).replaceAll('%', '%25') }),
  ],
  ['in HTML entities', (secret) => JSON.stringify({ echo: inEntities(secret) })],
  ['in base64', (secret) => JSON.stringify({ echo: inBase64(secret) })],
  ['in base64 at another place', (secret) => JSON.stringify({ echo: inBase64(`x:${secret}`) })],
  ['in base64 of base64', (secret) => JSON.stringify({ echo: inBase64(inBase64(secret)) })],
  [
    'in percent-encoded base64',
    (secret) => JSON.stringify({ echo: percentEncoded(inBase64(secret)) }),
  ],
  [
    'in base64 of JSON escapes',
    (secret) => JSON.stringify({ echo: inBase64(jsonEscaped(secret)) }),
  ],
  ['in hex of base64', (secret) => JSON.stringify({ echo: inHex(inBase64(secret)) })],
  ['in hex', (secret) => JSON.stringify({ echo: inHex(secret) })],
  ['deep in a list', (secret) => JSON.stringify([[{ a: [`${secret} and more`] }]])],
]

export { readings }

/** Characters of a token in one piece that count as a leak. Fewer do not tell one token from another. */
const LEAK_LENGTH = 24

const piecesOf = new Map<string, ReadonlyMap<string, number>>()

/** The first part of a token's payload or signature that can be read out of the text, in any form. */
export function findEcho(text: string, token: string): string | undefined {
  const pieces = piecesOf.get(token) ?? cutUp(token)
  for (const reading of readings(text)) {
    for (let at = 0; at + LEAK_LENGTH <= reading.length; at++) {
      const start = pieces.get(reading.slice(at, at + LEAK_LENGTH))
      if (start !== undefined) return `characters ${start} to ${start + LEAK_LENGTH}`
    }
  }
  return undefined
}

function cutUp(token: string): ReadonlyMap<string, number> {
  const pieces = new Map<string, number>()
  for (const part of token.split('.').slice(1)) {
    for (let start = 0; start + LEAK_LENGTH <= part.length; start++) {
      pieces.set(part.slice(start, start + LEAK_LENGTH), start)
    }
  }
  if (piecesOf.size > 50) piecesOf.clear()
  piecesOf.set(token, pieces)
  return pieces
}
