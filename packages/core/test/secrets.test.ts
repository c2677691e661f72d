import { inspect } from 'node:util'
import {
  fastClock,
  findLeaks,
  rejection,
  startServer,
  testClient,
  testEmulator,
  watch,
} from '@authsec-internal/test-kit'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { awsCredentialProvider, azureTokenCredential } from '../src/cloud.ts'
import type { AuthSecEvent } from '../src/events.ts'
import { createConsoleReporter } from '../src/reporter.ts'
import { createScrubber } from '../src/scrub/secret-scrubber.ts'
import { createClientIdRedactor } from '../src/support/redact-client-id.ts'
import { defineSecureFetch } from '../src/tool.ts'

/** Everything watched in this file is searched for the tokens and client IDs of its emulators when it ends. */
describe('secrets stay inside', () => {
  it('when the client and its token are printed, serialised, cloned or spread', async () => {
    await using emulator = await testEmulator()
    const client = testClient(emulator)
    const token = await client.getDelegationToken()
    await client.secureFetch({ endpoint: 'metrics' })
    for (const value of [
      client,
      { ...client },
      token,
      { ...token },
      [token],
      new Map([['t', token]]),
    ]) {
      watch('a printed value', value)
    }
    expect(inspect(token)).toContain(token.fingerprint)
  })

  it('when what users get is printed with every option of util.inspect', async () => {
    await using emulator = await testEmulator({ approvals: 'approve' })
    const client = testClient(emulator, { clock: fastClock })
    const approval = { approver: 'approver@example.com', message: 'Read {endpoint}?' }
    const token = await client.getDelegationToken()
    const approved = await client.requestApproval({ ...approval, message: 'Really?' })
    const exchange = client.exchangeCloudCredentials
    const roleArn = 'arn:aws:iam::123456789012:role/agent'
    const tenantId = '72f988bf-86f1-41af-91ab-2d7cd011db47'
    emulator.control.setCloudExchange('aws-keys')
    const keys = await exchange('aws', { roleArn })
    const aws = await awsCredentialProvider(client, { roleArn })()
    emulator.control.setCloudExchange('token')
    const azure = await azureTokenCredential(client, { tenantId }).getToken('x')
    const plan = await client.plan({ endpoint: 'metrics', approval })
    const tool = defineSecureFetch(client, { approval })
    const error = await rejection(client.secureFetch({ endpoint: '../x' }))
    const given = { client, token, approved, keys, aws, azure, plan, tool, error }
    const secrets = [
      token.value,
      emulator.clientId,
      approved.accessToken,
      keys.secretAccessKey,
      keys.sessionToken,
      aws.secretAccessKey,
      azure?.token,
    ]
    expect(secrets.every((secret) => typeof secret === 'string' && secret.length > 8)).toBe(true)
    for (const [name, value] of Object.entries(given)) {
      for (const text of printed(value)) {
        const found = secrets.filter((secret) => secret !== undefined && text.includes(secret))
        expect(found, `${name} as ${text.slice(0, 200)}`).toEqual([])
      }
    }
  })

  it('when every line of a run is reported, in colour and without', async () => {
    await using emulator = await testEmulator()
    const lines: string[] = []
    const write = (line: string): void => void lines.push(line)
    const reporters = [true, false].map((color) => createConsoleReporter({ write, color }))
    const client = testClient(emulator, {
      onEvent: (event) => {
        for (const report of reporters) report(event)
      },
    })
    await client.secureFetch({ endpoint: 'metrics' })
    await client.secureFetch({ endpoint: 'records/none' })
    emulator.control.expire()
    await rejection(client.secureFetch({ endpoint: 'metrics' }))
    await rejection(client.getDelegationToken())
    watch('reported lines', lines)
    const text = lines.join('\n')
    for (const topic of ['[Mode] LIVE', '[Delegation]', '[Success]', '[Error]', '[Token]']) {
      expect(text).toContain(topic)
    }
    expect(text).toMatch(/tok_[0-9a-f]{8}/)
    expect(text).toMatch(/cid_[0-9a-f]{8}/)
  })

  it('when calls fail in any of these ways', async () => {
    await using emulator = await testEmulator()
    let reply = { status: 200, type: 'application/json', body: '' }
    await using api = await startServer((request, response) => {
      const body = reply.body.replaceAll('BEARER', String(request.headers.authorization))
      response.writeHead(reply.status, { 'content-type': reply.type }).end(body)
    })
    const client = testClient(emulator, {
      resources: [{ baseUrl: api.baseUrl, maxResponseBytes: 5_000 }],
    })
    const bad = [
      { status: 200, type: 'application/json', body: 'BEARER' },
      { status: 200, type: 'text/plain', body: 'BEARER' },
      { status: 200, type: 'BEARER', body: 'BEARER' },
      { status: 200, type: 'application/json', body: `"${'BEARER'.repeat(10)}"` },
      { status: 302, type: 'text/plain', body: 'BEARER' },
    ]
    for (reply of bad) {
      const error = await rejection(client.secureFetch({ endpoint: 'x' }))
      expect(error.name).toBe('ResourceError')
    }
    reply = { status: 500, type: 'application/json', body: '{"debug":"BEARER"}' }
    watch('an error response', await client.secureFetch({ endpoint: 'x' }))
    reply = { status: 200, type: 'application/json', body: '{"debug":"BEARER"}' }
    watch('an echo', await client.secureFetch({ endpoint: 'x' }))
  })

  it('when an observer is broken or curious', async () => {
    await using emulator = await testEmulator()
    const events: AuthSecEvent[] = []
    const client = testClient(emulator, {
      onEvent(event) {
        events.push(event)
        throw new Error('broken observer')
      },
    })
    expect((await client.secureFetch({ endpoint: 'metrics' })).ok).toBe(true)
    expect(events.map(({ type }) => type)).toEqual([
      'client.created',
      'token.requested',
      'token.acquired',
      'request.completed',
    ])
    expect(events.every((event) => Object.isFrozen(event))).toBe(true)
  })
})

/** The value, alone and inside of others, in every combination of options that changes what is shown. */
function* printed(value: unknown): Generator<string> {
  for (const showHidden of [false, true]) {
    for (const getters of [false, true, 'get', 'set'] as const) {
      for (const customInspect of [false, true]) {
        const options = { showHidden, getters, customInspect, depth: 4 }
        for (const one of [
          value,
          [value],
          new Map([[value, value]]),
          Object.create(Object(value)),
        ]) {
          yield inspect(one, options)
        }
      }
    }
  }
}

describe('the watch itself', () => {
  it('finds a planted secret in a message, a field, a cause and a private rendering', () => {
    const secret = 'planted-0123456789'
    const error = Object.assign(new Error('plain', { cause: { inner: [secret] } }), { a: secret })
    const found = [new Error(secret), { deep: { list: [secret] } }, error, new Map([[secret, 1]])]
    for (const value of found) {
      watch('bait', value)
      expect(findLeaks([[secret, 'bait']])).toEqual(['bait: bait'])
    }
  })
})

describe('the scrubber', () => {
  it('removes any 16 characters of the token and leaves what only looks like it', async () => {
    await using emulator = await testEmulator()
    const token = await testClient(emulator).getDelegationToken()
    const [, payload = '', signature = ''] = token.value.split('.')
    const clean = (text: string): string =>
      createScrubber(token, createClientIdRedactor(emulator.clientId)).text(text).value
    expect(clean(`x ${token.value} y`)).toBe('x [REDACTED] y')
    for (let start = 0; start + 16 <= signature.length; start += 7) {
      expect(clean(`"${signature.slice(start, start + 16)}"`)).toBe('"[REDACTED]"')
    }
    expect(clean(payload)).toBe('[REDACTED]')
    const harmless = `${'a'.repeat(40)} rec-0001 0b60420e-8e59-4f3f-9dad-12cf7a11774a ${signature.slice(0, 15)}`
    expect(clean(harmless)).toBe(harmless)
  })

  it('leaves no 16 characters of it, whatever stands around them', async () => {
    await using emulator = await testEmulator()
    const token = await testClient(emulator).getDelegationToken()
    const secret = token.value.split('.').slice(1).join('.')
    const piece = fc
      .tuple(fc.nat(secret.length - 17), fc.integer({ min: 16, max: 200 }))
      .map(([start, length]) => secret.slice(start, start + length))
    const redact = createClientIdRedactor(emulator.clientId)
    const noise = fc.string({ unit: 'binary-ascii', maxLength: 40 })
    fc.assert(
      fc.property(noise, piece, noise, (before, middle, after) => {
        const text = createScrubber(token, redact).text(`${before}${middle}${after}`).value
        for (let start = 0; start + 16 <= middle.length; start++) {
          const run = middle.slice(start, start + 16)
          if (!run.includes('.') && text.includes(run)) return false
        }
        return true
      }),
      { numRuns: 1_000 },
    )
  })
})
