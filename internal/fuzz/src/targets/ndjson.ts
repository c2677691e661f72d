import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { AuthSecSecureReader } from '@authsec/llamaindex'
import { fastClock, startServer, testEmulator } from '@authsec-internal/test-kit'
import fc from 'fast-check'
import { fuzzClient } from '../fuzz-client.ts'
import { expectNoSecrets, type Secrets } from '../secrets.ts'
import { expectKnownError, Finding, type FuzzTarget } from '../target.ts'
import { encoders } from './answers.ts'

const line = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('record' as const),
      value: fc.jsonValue({ maxDepth: 3 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('echo' as const),
      value: fc.nat(encoders.length - 1),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('raw' as const),
      value: fc.string({ unit: 'binary', maxLength: 40 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('deep' as const), value: fc.nat(200) }) },
)
type Line = typeof line extends fc.Arbitrary<infer Value> ? Value : never

const input = fc.record({
  lines: fc.array(line, { maxLength: 12 }),
  ending: fc.constantFrom('\n', '\r\n', '\n\n'),
  pieceBytes: fc.constantFrom(1, 7, 64, 1_000, 100_000),
  isCut: fc.boolean(),
  onPageError: fc.constantFrom('stop', undefined),
})

/** A stream of records that echo secrets, in pieces. No document holds any of them. */
export async function fuzzNdjson(): Promise<FuzzTarget> {
  const emulator = await testEmulator()
  const counts = { documents: 0, failed: 0 }
  let current: { body: Buffer; pieceBytes: number; isCut: boolean } | undefined
  let token = ''
  const api = await startServer(async (request, response) => {
    if (!current) return void response.end()
    response.writeHead(200, { 'content-type': 'application/x-ndjson' })
    const { body, pieceBytes, isCut } = current
    for (let at = 0; at < body.length && !response.destroyed; at += pieceBytes) {
      if (!response.write(body.subarray(at, at + pieceBytes))) await drained(response)
    }
    if (isCut) request.socket.destroy()
    else response.end()
  })
  const { client, checkEvents } = fuzzClient({
    baseUrl: emulator.baseUrl,
    clientId: emulator.clientId,
    clock: fastClock,
    resources: [{ baseUrl: `${api.baseUrl}/v1/` }],
  })
  const reader = new AuthSecSecureReader({
    client,
    baseUrl: `${api.baseUrl}/v1/`,
    endpoint: 'export',
    permission: 'records:read',
    format: 'ndjson',
  })

  const property = fc.asyncProperty(
    input,
    async ({ lines, ending, pieceBytes, isCut, onPageError }) => {
      token = (await client.getDelegationToken()).value
      const secrets: Secrets = { tokens: [token], clientId: emulator.clientId }
      const texts = lines.map((one, index) => written(one, index, [token, emulator.clientId]))
      current = { body: Buffer.from(texts.join(ending)), pieceBytes, isCut }
      try {
        const documents = await reader.loadData(
          onPageError ? { onPageError: () => onPageError } : {},
        )
        counts.documents += documents.length
        for (const { id_, text, metadata } of documents) {
          expectNoSecrets('a document', { id_, text, metadata }, secrets)
        }
      } catch (error) {
        if (error instanceof Finding) throw error
        counts.failed += 1
        expectKnownError(error, 'the reader')
        expectNoSecrets('the error', error, secrets)
      }
      checkEvents(secrets)
    },
  )

  return {
    property: property as never,
    counts,
    async [Symbol.asyncDispose]() {
      await client.close()
      await api[Symbol.asyncDispose]()
      await emulator.close()
    },
  }
}

/** Waits until the response can take more, or its reader has gone. */
function drained(response: ServerResponse): Promise<unknown> {
  return Promise.race([once(response, 'drain'), once(response, 'close')])
}

function written({ kind, value }: Line, index: number, secrets: readonly string[]): string {
  if (kind === 'raw') return value
  if (kind === 'deep') return '['.repeat(value) + ']'.repeat(value)
  if (kind === 'record') return JSON.stringify({ id: `r${index}`, value })
  const secret = secrets[index % secrets.length] ?? ''
  const echo = (encoders[value] ?? String)(secret)
  return JSON.stringify({ id: `r${index}`, [index % 3 === 0 ? echo : 'echo']: echo })
}
