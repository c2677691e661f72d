import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import {
  inProcessClient,
  inProcessEmulator,
  rejection,
  startServer,
  testClient,
  testEmulator,
} from '@authsec-internal/test-kit'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { ApprovalError, CloudExchangeError, ResourceError } from '../src/errors.ts'
import type { AuthSecEvent } from '../src/events.ts'
import { lazy } from '../src/support/lazy.ts'

const question = { approver: 'approver@example.com', message: 'Delete {id}?', values: { id: 42 } }
const approval = { approver: question.approver, message: 'Read {endpoint}?' }

describe('a lazy part', () => {
  it('is loaded when it is first wanted, once for all who want it', async () => {
    const load = vi.fn(async () => ({}))
    const part = lazy(load)
    expect(load).not.toHaveBeenCalled()
    const parts = await Promise.all([part(), part(), part()])
    expect(new Set([...parts, await part()]).size).toBe(1)
    expect(load).toHaveBeenCalledTimes(1)
  })

  it('fails in its own words for all who wait, and is loaded again for the next', async () => {
    const load = vi.fn(async () => 'loaded')
    load.mockRejectedValueOnce(new Error('EMFILE'))
    const part = lazy(load, (cause) => new Error('own words', { cause }))
    const failures = await Promise.all([rejection(part()), rejection(part())])
    expect(failures.map(({ message }) => message)).toEqual(['own words', 'own words'])
    expect(await part()).toBe('loaded')
    expect(load).toHaveBeenCalledTimes(2)
  })
})

describe('a process that imports the package', () => {
  it('loads approvals, the cloud exchange and the standard fetch only when it uses one', async () => {
    await using emulator = await testEmulator()
    const program = `
      import { Session } from 'node:inspector'
      const session = new Session()
      session.connect()
      const loaded = new Set()
      session.on('Debugger.scriptParsed', ({ params }) => loaded.add(params.url.split('/').at(-1)))
      session.post('Debugger.enable')
      const [baseUrl, clientId, vault] = process.argv.slice(1)
      const { createAuthSecClient } = await import('@authsec/core')
      const client = createAuthSecClient({ baseUrl, clientId, resources: [{ baseUrl: vault }] })
      const { status } = await client.secureFetch({ endpoint: 'metrics' })
      const before = [...loaded]
      await client.startApproval(${JSON.stringify(question)})
      console.log(JSON.stringify({ status, before, after: [...loaded] }))`
    const flags = ['--conditions=@authsec/source', '--no-warnings', '--input-type=module']
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [...flags, '-e', program, emulator.baseUrl, emulator.clientId, emulator.vaultUrl],
      { cwd: import.meta.dirname, timeout: 10_000 },
    )
    const { status, before, after } = JSON.parse(stdout)
    expect(status).toBe(200)
    expect(before).toContain('client.ts')
    const onDemand = ['on-demand.ts', 'approval.ts', 'ciba-api.ts', 'cloud-api.ts', 'fetch-call.ts']
    expect(before.filter((file: string) => onDemand.includes(file))).toEqual([])
    expect(after).toEqual(expect.arrayContaining(onDemand))
  })
})

describe('the first use of a client', () => {
  it('shares one state among 20 approvals at once: the approver is asked one thing', async () => {
    const emulator = inProcessEmulator()
    const client = inProcessClient(emulator)
    const starts = Array.from({ length: 20 }, () => client.startApproval(question))
    const outcomes = await Promise.allSettled(starts)
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    expect(emulator.control.approvals()).toHaveLength(1)
    expect(await rejection(client.startApproval(question))).toMatchObject({
      code: 'approval_rate_limited',
    })
  })

  it('of the standard fetch sends what it was given, whatever becomes of the objects meanwhile', async () => {
    await using emulator = await testEmulator()
    const received: unknown[] = []
    await using api = await startServer(async (request, response) => {
      let body = ''
      for await (const piece of request) body += piece
      received.push([body, request.url, request.headers['x-step']])
      response.end()
    })
    const resources = [{ baseUrl: api.baseUrl, methods: ['POST'] }]
    const url = new URL('/before', api.baseUrl)
    const body = new TextEncoder().encode('before')
    const headers = new Headers({ 'x-step': 'before' })
    const sent = testClient(emulator, { resources }).fetch(url, { method: 'POST', headers, body })
    url.pathname = '/after'
    body.fill(0)
    headers.set('x-step', 'after')
    await sent
    expect(received).toEqual([['before', '/before', 'before']])
  })
})

describe('what cannot be loaded', () => {
  afterEach(() => vi.doUnmock('../src/client/on-demand.ts'))

  /** A client whose disk is gone. */
  function withBrokenLoad() {
    vi.doMock('../src/client/on-demand.ts', () => {
      throw new Error('EMFILE')
    })
    const emulator = inProcessEmulator()
    const events: AuthSecEvent[] = []
    const client = inProcessClient(emulator, { onEvent: (event) => events.push(event) })
    const sent = (): number =>
      emulator.requests.filter(({ path }) => !path.endsWith('/delegation-token')).length
    return { emulator, client, events, sent }
  }

  it('lets nothing pass that needs an approval, and is tried again by the next call', async () => {
    const { emulator, client, events, sent } = withBrokenLoad()
    const call = { endpoint: 'metrics', approval }
    const error = await rejection(client.secureFetch(call))
    expect(ApprovalError.isInstance(error)).toBe(true)
    expect(error).toMatchObject({
      code: 'approval_failed',
      message: expect.stringMatching(/nothing was done/),
      hint: expect.stringMatching(/install/),
    })
    expect(sent()).toBe(0)
    expect(events.at(-1)).toMatchObject({ type: 'request.failed', code: 'approval_failed' })
    vi.doUnmock('../src/client/on-demand.ts')
    expect(await client.startApproval(question)).toHaveProperty('authReqId')
    expect(emulator.control.approvals()).toHaveLength(1)
  })

  it('is said in the error family of each part', async () => {
    const { client, sent } = withBrokenLoad()
    const roleArn = 'arn:aws:iam::123456789012:role/agent-reader'
    const exchange = await rejection(client.exchangeCloudCredentials('aws', { roleArn }))
    const fetched = await rejection(client.fetch('https://emulator.test/secure-vault/metrics'))
    expect(CloudExchangeError.isInstance(exchange)).toBe(true)
    expect(ResourceError.isInstance(fetched)).toBe(true)
    expect(sent()).toBe(0)
  })

  it('takes nothing from a client that does not need it', async () => {
    const { client } = withBrokenLoad()
    expect(await client.secureFetch({ endpoint: 'metrics' })).toMatchObject({ status: 200 })
  })
})
