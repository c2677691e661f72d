import { createAuthSecMcpHandler } from '@authsec/mcp'
import { fastClock, testEmulator } from '@authsec-internal/test-kit'
import fc from 'fast-check'
import { z } from 'zod'
import { fuzzClient } from '../fuzz-client.ts'
import { expectNoSecrets, type Secrets } from '../secrets.ts'
import { Finding, type FuzzTarget } from '../target.ts'

const names = [
  'get_metrics',
  'get_metrics',
  'release_record',
  'release_record',
  'authsec_whoami',
  'nope',
  '__proto__',
  '',
]
const methods = [
  'tools/call',
  'tools/call',
  'tools/call',
  'tools/list',
  'initialize',
  'ping',
  'server/discover',
  'resources/list',
  'notifications/cancelled',
  'logging/setLevel',
  'x',
  '',
]
const values = fc.oneof(
  fc.constantFrom(
    'rec-0001',
    '../metrics',
    'records/rec-0001',
    '%2e%2e',
    'rec-0001?x=1',
    '//evil.test/',
  ),
  fc.jsonValue({ maxDepth: 2 }),
)
const keys = fc.constantFrom(
  'id',
  'endpoint',
  'method',
  'query',
  'body',
  'approved',
  'approval',
  'permission',
  'headers',
  '__proto__',
  'token',
)
/** What a client of MCP 2026-07-28 says about itself in each request. */
const ABOUT = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientInfo': { name: 'fuzz', version: '1' },
  'io.modelcontextprotocol/clientCapabilities': { elicitation: {} },
}
const odd = fc.jsonValue({ maxDepth: 2 })
const rarely = <Value>(usual: Value) =>
  fc.oneof({ weight: 9, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: odd })

const call = fc.record(
  {
    name: fc.constantFrom(...names),
    arguments: fc.oneof(
      { weight: 2, arbitrary: fc.constant({ id: 'rec-0001' }) },
      { weight: 2, arbitrary: fc.constant({}) },
      { weight: 3, arbitrary: fc.dictionary(keys, values, { maxKeys: 3 }) },
    ),
    _meta: rarely(ABOUT),
  },
  { requiredKeys: ['name', '_meta'] },
)
const message = fc.record(
  {
    jsonrpc: rarely('2.0'),
    id: fc.oneof(fc.integer(), fc.string({ maxLength: 5 }), fc.constant(null)),
    method: fc.constantFrom(...methods),
    params: fc.oneof({ weight: 9, arbitrary: call }, { weight: 1, arbitrary: odd }),
  },
  { requiredKeys: ['method', 'jsonrpc', 'params'] },
)

/** The types that a client has to accept. */
const BOTH = 'application/json, text/event-stream'

const anyRequest = fc.record({
  body: fc.oneof(
    { weight: 8, arbitrary: message.map((one) => JSON.stringify(one)) },
    { weight: 1, arbitrary: fc.array(message, { maxLength: 3 }).map((all) => JSON.stringify(all)) },
    { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 60 }) },
  ),
  version: fc.constantFrom('2026-07-28', '2025-11-25', '2025-06-18', '1999-01-01', 'x', undefined),
  session: fc.constantFrom('x', undefined),
  accept: fc.constantFrom(BOTH, 'application/json', '*/*', ''),
  method: fc.constantFrom('POST', 'GET', 'DELETE', 'PUT'),
})
type Input = typeof anyRequest extends fc.Arbitrary<infer Value> ? Value : never

/** Stands for the last state that the server gave out: a client that sends it with another call. */
const LAST_STATE = 'the last state'
const resumed = fc.record({
  requestState: fc.oneof(fc.constant(LAST_STATE), fc.string({ maxLength: 40 }), odd),
  inputResponses: fc.oneof(fc.constant({ approval: { action: 'accept', content: {} } }), odd),
})

/** A call of a tool that the protocol allows, in either generation, with any arguments. */
const properCall = fc
  .record({
    params: call,
    more: fc.option(resumed),
    id: fc.integer(),
    version: fc.constantFrom('2026-07-28', '2025-11-25'),
  })
  .map(({ params, more, id, version }): Input => {
    const about = version === '2026-07-28' ? { _meta: ABOUT } : { _meta: {} }
    const body = {
      jsonrpc: '2.0',
      id,
      method: 'tools/call',
      params: { ...params, ...about, ...more },
    }
    return { body: JSON.stringify(body), version, session: undefined, accept: BOTH, method: 'POST' }
  })
const input = fc.oneof({ weight: 3, arbitrary: properCall }, { weight: 2, arbitrary: anyRequest })

/** What a mistake in a program is called in JavaScript. */
const MISTAKES = /^(TypeError|RangeError|ReferenceError|SyntaxError)$/

/** An MCP server over HTTP whose approver never approves. Any message gets an answer, and nothing is released. */
export async function fuzzMcpMessages(): Promise<FuzzTarget> {
  const emulator = await testEmulator({ ttlSeconds: 86_000 })
  const counts = { answered: 0, called: 0, asked: 0 }
  const { client, checkEvents } = fuzzClient({
    baseUrl: emulator.baseUrl,
    clientId: emulator.clientId,
    resources: [{ name: 'vault', baseUrl: emulator.vaultUrl }],
    clock: fastClock,
  })
  let lastState = ''
  const failures: Error[] = []
  const handler = createAuthSecMcpHandler(client, {
    publicUrl: 'http://127.0.0.1:3000/mcp',
    clock: fastClock,
    approvals: { maxWaitMs: 100 },
    onError: (error) => void failures.push(error),
    operations: [
      { name: 'get_metrics', description: 'The metrics.', path: 'metrics', params: z.object({}) },
      {
        name: 'release_record',
        description: 'One record, released by a person.',
        path: 'records/{id}',
        params: z.object({ id: z.string().max(64) }),
        approval: { approver: 'approver@example.com', message: 'Show {id}?' },
      },
    ],
  })
  const secrets: Secrets = {
    tokens: [(await client.getDelegationToken()).value],
    clientId: emulator.clientId,
  }

  const property = fc.asyncProperty(input, async (one) => {
    const seen = emulator.requests.length
    const signal = AbortSignal.timeout(2_000)
    const body = one.body.replace(LAST_STATE, lastState)
    const response = await handler.fetch(requestOf({ ...one, body }, signal))
    const text = await textOf(response)
    counts.answered += 1
    lastState = /"requestState":"([^"]+)"/.exec(text)?.[1] ?? lastState
    expectNoSecrets('the answer', [text, [...response.headers]], secrets)
    checkEvents(secrets)
    if (response.status >= 500 && response.status !== 501)
      throw new Finding(`status ${response.status}`)
    // The SDK reports messages that it rejects, too; a mistake in the program has another name.
    const failure = failures.splice(0).find(({ name }) => MISTAKES.test(name))
    if (failure) throw new Finding(`an unexpected error: ${failure.name}: ${failure.message}`)
    const sent = emulator.requests
      .slice(seen)
      .filter(({ path }) => path.startsWith('/secure-vault/'))
    counts.called += sent.length
    counts.asked = emulator.control.approvals().length
    const wrong = sent.find(({ path }) => path !== '/secure-vault/metrics')
    if (wrong) throw new Finding(`${wrong.path} was called without an approval`)
  })

  return {
    property: property as never,
    counts,
    async [Symbol.asyncDispose]() {
      await handler.close()
      await client.close()
      await emulator.close()
    },
  }
}

function requestOf(
  { body, version, session, accept, method }: Input,
  signal: AbortSignal,
): Request {
  const headers = new Headers({
    host: '127.0.0.1:3000',
    accept,
    'content-type': 'application/json',
  })
  if (version !== undefined) headers.set('mcp-protocol-version', version)
  const { method: called, params } = fieldsOf(body)
  if (typeof called === 'string') headers.set('mcp-method', asHeader(called))
  if (typeof params?.name === 'string') headers.set('mcp-name', asHeader(params.name))
  if (session !== undefined) headers.set('mcp-session-id', session)
  const hasBody = method === 'POST' || method === 'PUT'
  return new Request('http://127.0.0.1:3000/mcp', {
    method,
    headers,
    signal,
    ...(hasBody && { body }),
  })
}

/** A stream of events may stay open; what it sent so far counts. */
async function textOf(response: Response): Promise<string> {
  try {
    return await response.text()
  } catch {
    return ''
  }
}

const asHeader = (text: string): string => text.replace(/[^\x20-\x7e]/g, '')

/** What a proper client repeats in the headers of a request. */
function fieldsOf(body: string): { method?: unknown; params?: { name?: unknown } } {
  try {
    return Object(JSON.parse(body))
  } catch {
    return {}
  }
}
