import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import {
  createFakeClock,
  expectNumberedTimersToWork,
  inProcessClient,
  inProcessEmulator,
  rejection,
  testClient,
  testEmulator,
} from '@authsec-internal/test-kit'
import { afterEach, describe, expect, it } from 'vitest'
import type { AuthSecEvent } from '../src/events.ts'
import { isForbiddenAddress } from '../src/network/forbidden-addresses.ts'
import { systemClock } from '../src/support/clock.ts'
import { guardedLookup } from '../src/transports/guarded-agent.ts'

describe('a local clock that is wrong', () => {
  /** A server whose clock is off from the client's, and a token of a quarter of an hour. */
  async function offBy(seconds: number) {
    const clock = createFakeClock()
    const now = (): number => clock.now() + seconds * 1000
    const emulator = inProcessEmulator({ clock: { ...clock, now }, ttlSeconds: 900 })
    const events: AuthSecEvent[] = []
    const client = inProcessClient(emulator, { clock, onEvent: (event) => events.push(event) })
    const token = await client.getDelegationToken()
    return { clock, emulator, client, events, token }
  }

  it.each([600, -600])(
    'by %i s does not shorten or lengthen the life of a token',
    async (seconds) => {
      const { clock, emulator, client, events, token } = await offBy(seconds)
      expect(events).toContainEqual(expect.objectContaining({ code: 'clock_skew' }))
      await clock.advance(390_000)
      expect(await client.getDelegationToken()).toBe(token)
      expect(emulator.requests).toHaveLength(1)
      await clock.advance(500_000)
      emulator.control.failNext(
        { kind: 'status', status: 501 },
        { times: Number.POSITIVE_INFINITY },
      )
      expect(await client.getDelegationToken()).toBe(token)
      await clock.advance(8_000)
      expect(await rejection(client.getDelegationToken())).toMatchObject({ code: 'server_error' })
    },
  )

  it('by a few seconds is not worth a word', async () => {
    const { events } = await offBy(3)
    expect(events.filter(({ type }) => type === 'warning')).toEqual([])
  })
})

it('the system clock works where timers are numbers', () => expectNumberedTimersToWork(systemClock))

describe('names and proxies', () => {
  const lookup = (hostname: string, all: boolean): Promise<unknown> =>
    new Promise((resolve, reject) => {
      guardedLookup(isForbiddenAddress)(hostname, { all }, (error, address) =>
        error ? reject(error) : resolve(address),
      )
    })

  it('that resolve to a metadata address are not connected to', async () => {
    for (const address of [
      '169.254.169.254',
      '169.254.1.1',
      'fe80::1',
      '::ffff:169.254.169.254',
      '0.0.0.0',
    ]) {
      expect(await rejection(lookup(address, true))).toMatchObject({ code: 'EBLOCKED' })
      expect(await rejection(lookup(address, false))).toMatchObject({ code: 'EBLOCKED' })
    }
  })

  it('that resolve to any other address are, with exactly the addresses that were checked', async () => {
    expect(await lookup('127.0.0.1', false)).toBe('127.0.0.1')
    expect(await lookup('10.0.0.5', true)).toEqual([{ address: '10.0.0.5', family: 4 }])
  })

  const before = { ...process.env }
  afterEach(() => {
    process.env = { ...before }
  })

  it('of the environment change nothing: another component’s proxy gets no token', async () => {
    for (const name of ['HTTP_PROXY', 'http_proxy', 'HTTPS_PROXY', 'ALL_PROXY']) {
      process.env[name] = 'http://127.0.0.1:1'
    }
    await using emulator = await testEmulator()
    expect(await testClient(emulator).secureFetch({ endpoint: 'metrics' })).toMatchObject({
      ok: true,
    })
  })
})

describe('a program that does not close its client', () => {
  it('ends when its work is done, and waits until it is', async () => {
    await using emulator = await testEmulator()
    const program = `
      import { createAuthSecClient } from '@authsec/core'
      const [baseUrl, clientId, vault] = process.argv.slice(1)
      const client = createAuthSecClient({ baseUrl, clientId, resources: [{ baseUrl: vault }] })
      const { status } = await client.secureFetch({ endpoint: 'metrics' })
      console.log(status)`
    const flags = ['--conditions=@authsec/source', '--no-warnings', '--input-type=module']
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [...flags, '-e', program, emulator.baseUrl, emulator.clientId, emulator.vaultUrl],
      { cwd: import.meta.dirname, timeout: 10_000 },
    )
    expect(stdout.trim()).toBe('200')
  })

  it('is kept alive by a wait for the token', async () => {
    await using emulator = await testEmulator()
    emulator.control.failNext({ kind: 'status', status: 503, retryAfter: '1' })
    const program = `
      import { createAuthSecClient } from '@authsec/core'
      const [baseUrl, clientId] = process.argv.slice(1)
      const client = createAuthSecClient({ baseUrl, clientId })
      console.log((await client.getDelegationToken()).permissions.length)`
    const flags = ['--conditions=@authsec/source', '--no-warnings', '--input-type=module']
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [...flags, '-e', program, emulator.baseUrl, emulator.clientId],
      { cwd: import.meta.dirname, timeout: 10_000 },
    )
    expect(stdout.trim()).toBe('2')
  })
})
