import type { LookupAddress, LookupOptions } from 'node:dns'
import { networkInterfaces } from 'node:os'
import type { Emulator } from '@authsec/emulator'
import { rejection, startServer, testClient, testEmulator } from '@authsec-internal/test-kit'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'

type Callback = (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void

/** The resolver of these tests: the names that an attacker answers for; every other name is looked up. */
const { answers, asked } = vi.hoisted(() => ({
  answers: new Map<string, readonly string[]>(),
  asked: [] as string[],
}))
vi.mock('node:dns', async (original) => {
  const dns = await original<typeof import('node:dns')>()
  const lookup = (name: string, options: LookupOptions & { all: true }, done: Callback): void => {
    asked.push(name)
    const forged = answers.get(name)
    if (!forged) {
      dns.lookup(name, options, done)
      return
    }
    const family = (address: string): number => (address.includes(':') ? 6 : 4)
    setImmediate(() =>
      done(
        null,
        forged.map((address) => ({ address, family: family(address) })),
      ),
    )
  }
  return { ...dns, lookup }
})

let emulator: Emulator
beforeAll(async () => {
  emulator = await testEmulator()
})
afterAll(() => emulator.close())
afterEach(() => {
  answers.clear()
  asked.length = 0
})

/** An address of this machine that is not loopback: what a hijacked resolver can name. */
const outside = Object.values(networkInterfaces())
  .flat()
  .find((one) => one && !one.internal && one.family === 'IPv4')?.address

describe('plain http to localhost', () => {
  it.each([
    ['an address of the local network', ['192.0.2.7']],
    ['a private address', ['10.0.0.5']],
    ['a public address beside a loopback one', ['127.0.0.1', '203.0.113.9']],
    ['an IPv6 address', ['2001:db8::7']],
    ['a mapped address that is not loopback', ['::ffff:10.0.0.5']],
    ['an address that only embeds loopback', ['64:ff9b::127.0.0.1']],
    ['the unspecified address', ['0.0.0.0']],
    ['another interface of this machine', [outside ?? '198.51.100.1']],
  ])('sends no bearer to %s', async (_what, addresses) => {
    let reached = 0
    await using api = await startServer((_request, response) => {
      reached += 1
      response.end('{}')
    })
    const { port } = new URL(api.baseUrl)
    answers.set('localhost', addresses)
    const client = testClient(emulator, { resources: [{ baseUrl: `http://localhost:${port}` }] })
    const error = await rejection(client.secureFetch({ endpoint: 'x' }))
    expect(error).toMatchObject({ name: 'ResourceError', code: 'address_blocked' })
    expect(await rejection(client.fetch(`http://localhost:${port}/x`))).toMatchObject({
      code: 'address_blocked',
    })
    expect(reached).toBe(0)
  })

  it('sends no client ID to such an address either', async () => {
    answers.set('localhost', ['10.0.0.5'])
    const { port } = new URL(emulator.baseUrl)
    const client = testClient({ ...emulator, baseUrl: `http://localhost:${port}` })
    expect(await rejection(client.getDelegationToken())).toMatchObject({
      name: 'DelegationError',
      code: 'address_blocked',
    })
    expect(await rejection(client.exchangeCloudCredentials('aws', ROLE))).toMatchObject({
      code: 'address_blocked',
    })
    const question = { approver: 'approver@example.com', message: 'Really?' }
    expect(await rejection(client.requestApproval(question))).toMatchObject({
      name: 'ApprovalError',
      message: expect.stringContaining('nothing was done'),
    })
  })

  it.each([
    ['127.0.0.1', ['127.0.0.1']],
    ['127.0.0.1 in its mapped form', ['::ffff:127.0.0.1']],
    ['both families of loopback', ['::1', '127.0.0.1']],
  ])('reaches %s', async (_what, addresses) => {
    await using api = await startServer((_request, response) => {
      response.setHeader('content-type', 'application/json').end('{}')
    })
    const { port } = new URL(api.baseUrl)
    answers.set('localhost', addresses)
    const client = testClient(emulator, { resources: [{ baseUrl: `http://localhost:${port}` }] })
    expect(await client.secureFetch({ endpoint: 'x' })).toMatchObject({ status: 200 })
  })
})

describe('a name whose answers change', () => {
  it('is checked at every connection, not at the first one alone', async () => {
    await using first = await startServer((_request, response) => {
      response.setHeader('content-type', 'application/json').end('{}')
    })
    await using second = await startServer((_request, response) => void response.end('{}'))
    const at = ({ baseUrl }: { baseUrl: string }): string =>
      baseUrl.replace('127.0.0.1', 'localhost')
    answers.set('localhost', ['127.0.0.1'])
    const client = testClient(emulator, {
      resources: [
        { name: 'first', baseUrl: at(first) },
        { name: 'second', baseUrl: at(second) },
      ],
    })
    await client.secureFetch({ resource: 'first', endpoint: 'x' })
    answers.set('localhost', [outside ?? '198.51.100.1'])
    asked.length = 0
    const error = await rejection(client.secureFetch({ resource: 'second', endpoint: 'x' }))
    expect(error).toMatchObject({ code: 'address_blocked' })
    expect([second.count, asked]).toEqual([0, ['localhost']])
  })
})

const ROLE = { roleArn: 'arn:aws:iam::123456789012:role/agent' }

describe('an address that is refused', () => {
  it.each([
    ['link-local', ['169.254.169.254']],
    ['metadata of IPv6', ['fd00:ec2::254']],
    ['multicast beside a public one', ['203.0.113.9', '224.0.0.1']],
  ])('is asked for once and not retried: %s', async (_what, addresses) => {
    answers.set('api.example.test', addresses)
    const client = testClient(emulator, { resources: [{ baseUrl: 'https://api.example.test' }] })
    const error = await rejection(client.secureFetch({ endpoint: 'x' }))
    expect(error).toMatchObject({ code: 'address_blocked', retryable: false })
    expect(error.message).toMatch(/address/)
    // Once for the check before the first connection; a connection is never attempted.
    expect(asked).toEqual(['api.example.test'])
  })

  it('lets a name with a private answer pass: internal APIs live there', async () => {
    answers.set('api.example.test', ['127.0.0.1'])
    const client = testClient(emulator, { resources: [{ baseUrl: 'https://api.example.test:1' }] })
    const error = await rejection(client.secureFetch({ endpoint: 'x' }))
    expect(error).toMatchObject({ code: 'network_error', cause: { code: 'ECONNREFUSED' } })
  })
})
