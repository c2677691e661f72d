import type { Emulator } from '@authsec/emulator'
import { rejection, startServer, testClient, testEmulator } from '@authsec-internal/test-kit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AuthSecClient } from '../src/client/client.ts'
import type { AuthSecClientOptions } from '../src/config/client-options.ts'
import type { AuthSecEvent } from '../src/events.ts'
import { createConsoleReporter } from '../src/reporter.ts'

let emulator: Emulator
beforeAll(async () => {
  emulator = await testEmulator()
})
afterAll(() => emulator.close())

/** What is told of a call that fails: its last event, and the line that a person reads. */
async function told(
  options: Partial<AuthSecClientOptions>,
  call: (client: AuthSecClient) => Promise<unknown> = (client) =>
    client.secureFetch({ endpoint: 'x' }),
): Promise<{ events: AuthSecEvent[]; lines: string[] }> {
  const events: AuthSecEvent[] = []
  const lines: string[] = []
  const report = createConsoleReporter({ write: (line) => lines.push(line), color: false })
  await using client = testClient(emulator, {
    ...options,
    onEvent(event) {
      events.push(event)
      report(event)
    },
  })
  await rejection(call(client))
  return { events, lines }
}

/** A transport that reaches the emulator and fails for everything else. */
const failingWith =
  (cause: unknown): NonNullable<AuthSecClientOptions['fetch']> =>
  async (input, init) => {
    if (input.startsWith(emulator.baseUrl)) return fetch(input, init)
    throw new TypeError('fetch failed', { cause })
  }

const systemError = (code: unknown): Error => Object.assign(new Error('system'), { code })

describe('a call that fails on the network', () => {
  it.each(['ENOTFOUND', 'CERT_HAS_EXPIRED', 'ECONNRESET', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'])(
    'is reported with the code of the system: %s',
    async (systemCode) => {
      const { events, lines } = await told({
        fetch: failingWith(systemError(systemCode)),
        resources: [{ baseUrl: 'https://api.example.com' }],
      })
      expect(events.at(-1)).toMatchObject({ type: 'request.failed', systemCode })
      expect(lines.at(-1)).toContain(`(${systemCode})`)
    },
  )

  it('is reported with the code of a refused connection, streamed or not', async () => {
    const resources = [{ baseUrl: 'http://127.0.0.1:2' }]
    for (const call of [
      (client: AuthSecClient) => client.secureFetch({ endpoint: 'x' }),
      (client: AuthSecClient) => client.fetch('http://127.0.0.1:2/x'),
    ]) {
      const { events } = await told({ resources }, call)
      expect(events.at(-1)).toMatchObject({ code: 'network_error', systemCode: 'ECONNREFUSED' })
    }
  })

  it('is reported so when AuthSec cannot be reached', async () => {
    const { events, lines } = await told({ baseUrl: 'http://127.0.0.1:2', timeoutMs: 500 })
    for (const type of ['token.failed', 'request.failed']) {
      expect(events.find((event) => event.type === type)).toMatchObject({
        systemCode: 'ECONNREFUSED',
      })
    }
    expect(lines.join('\n')).toMatch(/The AuthSec server cannot be reached \(ECONNREFUSED\)\.$/m)
  })

  it.each<[string, unknown]>([
    ['a sentence', 'connect to https://user:secret@evil.test'],
    ['a number', 7],
    ['lower case', 'enotfound'],
    ['nothing', undefined],
  ])('is reported without a code that has not the form of one: %s', async (_what, code) => {
    const { events } = await told({
      fetch: failingWith(systemError(code)),
      resources: [{ baseUrl: 'https://api.example.com' }],
    })
    expect(events.at(-1)).toMatchObject({ type: 'request.failed', code: 'network_error' })
    expect(events.at(-1)).not.toHaveProperty('systemCode')
  })
})

describe('a call whose answer cannot be used', () => {
  it('is reported with its status', async () => {
    await using api = await startServer((_request, response) => {
      response.writeHead(201, { 'content-type': 'text/html' }).end('<p>')
    })
    const { events, lines } = await told({ resources: [{ baseUrl: api.baseUrl }] })
    expect(events.at(-1)).toMatchObject({ code: 'unexpected_content_type', status: 201 })
    expect(lines.at(-1)).toContain('unexpected_content_type (HTTP 201)')
  })

  it('that was never sent has neither status nor code of the system', async () => {
    const { events } = await told({}, (client) =>
      client.secureFetch({ endpoint: 'metrics', permission: 'no:such' }),
    )
    expect(Object.keys(events.at(-1) ?? {}).sort()).toEqual([
      'attempts',
      'callId',
      'client',
      'code',
      'durationMs',
      'method',
      'permission',
      'resource',
      'route',
      'time',
      'token',
      'type',
    ])
  })
})
