import type { Emulator } from '@authsec/emulator'
import {
  inBase64,
  inHex,
  jsonEscaped,
  percentEncoded,
  startServer,
  testClient,
  testEmulator,
} from '@authsec-internal/test-kit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { outcomeText } from '../src/adapter.ts'
import { scrubbedBody } from '../src/scrub/scrubbed-body.ts'
import { createScrubber } from '../src/scrub/secret-scrubber.ts'
import type { DelegationToken } from '../src/token/delegation-token.ts'
import { type Options, reader } from './support/answer-bench.ts'

let emulator: Emulator
beforeAll(async () => {
  emulator = await testEmulator()
})
afterAll(() => emulator.close())

/** What a model is given by an API that answers with what `write` makes of its key. */
async function shownOf(
  key: string,
  write: (key: string) => string,
  {
    type = 'application/json',
    status = 200,
    ...options
  }: Options & { type?: string; status?: number },
) {
  await using api = await startServer((request, response) => {
    const sent = String(request.headers['x-api-key'])
    response.writeHead(status, { 'content-type': type.replace('KEY', sent) })
    response.end(write(sent))
  })
  const headers = { 'x-api-key': key }
  await using client = testClient(emulator, { resources: [{ baseUrl: api.baseUrl, headers }] })
  return await reader(client, options).execute({})
}

const keys = [
  ['signs', 'k!1@2#3$4^5*6(7)8_9+0{1}2[3]4'],
  ['spaces', 'Key one two three four five six'],
  ['quotes and markup', 'ab"cd"ef&gh<ij>kl\'mn"op"qr&st<uv'],
  ['backslashes', 'ab\\cd\\ef\\gh\\ij\\kl\\mn\\op\\qr\\st'],
  ['slashes, as in base64', 'Zm9v/Jhc+iYX/orc+V4L/3F1+dXg/YWJj=='],
] as const

const markup = (text: string): string =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')
const formValue = (text: string): string => new URLSearchParams({ a: text }).toString().slice(2)

const written: readonly (readonly [string, (text: string) => string])[] = [
  ['as it is', (text) => text],
  ['in base64', inBase64],
  ['in base64 at another place', (text) => inBase64(`x:${text}`)],
  ['in base64 of base64', (text) => inBase64(inBase64(text))],
  ['in hex', inHex],
  ['in hex of base64', (text) => inHex(inBase64(text))],
  ['in percent-encoded base64', (text) => percentEncoded(inBase64(text))],
  ['in base64 of JSON escapes', (text) => inBase64(jsonEscaped(text))],
  ['in JSON', (text) => JSON.stringify(text)],
  ['in JSON inside JSON', (text) => JSON.stringify(JSON.stringify(text))],
  ['in JSON with escaped slashes', (text) => JSON.stringify(text).replaceAll('/', '\\/')],
  ['as a part of a URL', encodeURIComponent],
  ['as a URL', encodeURI],
  ['as a value of a form', formValue],
  [
    'in lower-case percent escapes',
    (text) => formValue(text).replace(/%../g, (code) => code.toLowerCase()),
  ],
  ['in markup', markup],
]

/** What a reader makes of it: every undoing of what is written above. */
function readBack(text: string): string[] {
  const undo: readonly ((text: string) => string)[] = [
    (one) =>
      one.replace(/[\w+/-]{22,}=*/g, (word) => Buffer.from(word, 'base64').toString('latin1')),
    (one) =>
      one.replace(/(?:[0-9a-f]{2}){16,}/gi, (word) => Buffer.from(word, 'hex').toString('latin1')),
    (one) =>
      one.replace(/%([0-9a-f]{2})/gi, (_all, hex) => String.fromCharCode(Number.parseInt(hex, 16))),
    (one) =>
      one.replace(/\\u([0-9a-f]{4})/gi, (_all, hex) =>
        String.fromCharCode(Number.parseInt(hex, 16)),
      ),
    (one) => one.replaceAll('+', ' '),
    (one) => one.replace(/\\(["\\/])/g, '$1'),
    (one) => one.replaceAll('""', '"'),
    (one) =>
      one
        .replaceAll('&lt;', '<')
        .replaceAll('&gt;', '>')
        .replaceAll('&quot;', '"')
        .replaceAll('&#39;', "'")
        .replaceAll('&amp;', '&'),
  ]
  let all = new Set([text])
  for (let depth = 0; depth < 4; depth++) {
    all = new Set([...all, ...[...all].flatMap((one) => undo.map((read) => read(one)))])
  }
  return [...all]
}

function pieceOf(key: string, shown: string): string | undefined {
  const readings = readBack(shown)
  for (let at = 0; at + 20 <= key.length; at++) {
    const piece = key.slice(at, at + 20)
    if (readings.some((one) => one.includes(piece))) return piece
  }
  return undefined
}

describe.each(keys)('a credential with %s', (_what, key) => {
  it.each(written)('that the API echoes %s is in no answer of any kind', async (_how, write) => {
    const cell = (text: string): string => `"${text.replaceAll('"', '""')}"`
    const outcomes = [
      await shownOf(key, (text) => JSON.stringify({ echo: write(text) }), {}),
      await shownOf(key, write, { type: 'text/plain', answer: 'text' }),
      await shownOf(key, (text) => `id,echo\n1,${cell(write(text))}\n`, {
        type: 'text/csv',
        answer: 'csv',
      }),
      await shownOf(key, write, {
        type: 'application/octet-stream',
        answer: 'bytes',
        transform: (data: unknown) => Buffer.from(Object(data)).toString('latin1'),
      }),
      await shownOf(key, () => '{}', { transform: () => ({ made: write(key) }) }),
    ]
    for (const outcome of outcomes) {
      // Taken out of CSV, a credential with quotes can take a quote of CSV with it.
      if (!outcome.ok) expect([outcome.code, key.includes('"')]).toEqual(['invalid_response', true])
      expect(pieceOf(key, outcomeText(outcome)), outcomeText(outcome)).toBeUndefined()
    }
    const failed = await shownOf(key, (text) => JSON.stringify({ why: write(text) }), {
      status: 400,
      errorDetail: 'why',
    })
    expect(failed).toMatchObject({ ok: false, code: 'bad_request' })
    expect(pieceOf(key, outcomeText(failed)), outcomeText(failed)).toBeUndefined()
  })

  it('takes nothing else of an answer away', async () => {
    const data = {
      note: `${key.slice(0, 8)} and more ${key.slice(-7)}`,
      page: inBase64('some other text!! of (another) size'),
      list: ['a&b', 'c "d" e', 'x/y/z', 'C:\\dir\\file'],
    }
    const outcome = await shownOf(key, () => JSON.stringify(data), {})
    expect(outcome).toMatchObject({ ok: true, data })
  })
})

/** The pieces of a body as they leave the scrubber, of one that arrives in these pieces. */
async function streamed(
  token: DelegationToken,
  key: string,
  pieces: readonly string[],
): Promise<string[]> {
  const scrubber = createScrubber(token, (text) => text, [key])
  async function* body() {
    for (const piece of pieces) yield Buffer.from(piece, 'latin1')
  }
  const shown: string[] = []
  for await (const piece of scrubbedBody(body(), scrubber, { bytes: 0, redacted: false })) {
    shown.push(Buffer.from(piece).toString('latin1'))
  }
  return shown
}

describe.each(keys)('a credential with %s in a body that is streamed', (_what, key) => {
  it.each([
    ['as it is', (text: string) => text],
    ['in JSON', (text: string) => JSON.stringify(text)],
    ['as a value of a form', formValue],
    ['in markup', markup],
  ] as const)('is found wherever it is cut (%s)', async (_how, write) => {
    const token = await testClient(emulator).getDelegationToken()
    const text = `sent: ${write(key)}; and so on`
    for (let at = 0; at <= text.length; at++) {
      for (const size of [text.length, 1, 5]) {
        const rest = text.slice(at).match(new RegExp(`.{1,${size}}`, 'gs')) ?? []
        const shown = (await streamed(token, key, [text.slice(0, at), ...rest])).join('')
        expect(pieceOf(key, shown), `${at}: ${shown}`).toBeUndefined()
        expect(shown).toMatch(/^sent: .*; and so on$/)
      }
    }
  })

  it('keeps nothing back that cannot be its beginning', async () => {
    const token = await testClient(emulator).getDelegationToken()
    const shown = await streamed(token, key, ['one;\n', 'two;\n', `${key.slice(0, 9)};\n`, 'three'])
    expect(shown).toHaveLength(4)
    expect(shown.join('')).toBe(`one;\ntwo;\n${key.slice(0, 9)};\nthree`)
  })
})

describe('the type of an answer', () => {
  it.each(['json', 'text', 'csv'] as const)(
    'that is an echo of a credential is not repeated, where %s was expected',
    async (answer) => {
      for (const [key, type] of [
        ['0123456789abcdef0123456789abcdef', 'KEY'],
        ['sk_live_51hxyz0aqw9er8ty7ui6', 'application/KEY'],
        ['0123456789abcdef0123456789abcdef', 'text/html; charset=KEY'],
      ] as const) {
        const outcome = await shownOf(key, () => 'x', { type, answer })
        expect(outcome).toMatchObject({ ok: false, code: 'unexpected_content_type' })
        expect(outcomeText(outcome)).not.toContain(key.slice(0, 16))
      }
    },
  )

  it('is told where it is none', async () => {
    const outcome = await shownOf('0123456789abcdef0123456789abcdef', () => 'x', {
      type: 'Text/HTML; charset=utf-8',
    })
    expect(outcomeText(outcome)).toContain('answered with text/html instead of JSON')
  })
})
