import { createAuthSecClient } from '@authsec/core'
import type { Emulator } from '@authsec/emulator'
import {
  lacksRedis,
  type RedisServer,
  rejection,
  startRedis,
  testEmulator,
  watch,
} from '@authsec-internal/test-kit'
import { describe, expect, it, vi } from 'vitest'
import { redisTokenStore } from '../src/index.ts'
import { pullsOf, startFleet, stopLoad } from './support/agent-fleet.ts'
import { clients } from './support/redis-clients.ts'

const SECOND = 1_000
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** A clock that runs at a tenth of its speed: on a busy machine a good store may need more than 50 ms. */
const SLOWER = 10

describe.skipIf(lacksRedis())('four processes of an agent with one Redis', () => {
  it.each([
    [true, 1],
    [false, 4],
  ])(
    'with leases: %s, ask AuthSec %i times at most for 1 000 cold callers',
    async (leases, most) => {
      await using emulator = await testEmulator()
      await using server = await startRedis()
      await using fleet = await startFleet(emulator, { port: server.port, leases, slower: SLOWER })
      fleet.tell('burst 250')
      await Promise.all(fleet.programs.map(({ saw }) => saw('served')))
      const served = fleet.programs.map(({ output }) => /served (\d+) (\S+)\n/.exec(output.stdout))
      expect(served.map((each) => each?.[1])).toEqual(['250', '250', '250', '250'])
      expect(new Set(served.map((each) => each?.[2])).size).toBe(1)
      expect(pullsOf(emulator)).toBeGreaterThan(0)
      expect(pullsOf(emulator)).toBeLessThanOrEqual(most)
    },
  )

  it('lose one request and one lease when the one that asks is killed', async () => {
    await using emulator = await testEmulator()
    await using server = await startRedis()
    await using fleet = await startFleet(emulator, { port: server.port, slower: SLOWER })
    emulator.control.failNext({ kind: 'hang' })
    const [holder, ...others] = fleet.programs
    holder?.child.stdin.write('burst 250\n')
    await vi.waitFor(() => expect(emulator.control.faults()).toEqual([]), { timeout: 10_000 })
    for (const { child } of others) child.stdin.write('burst 250\n')
    await pause(300)
    expect(others.map(({ output }) => output.stdout)).toEqual(['ready\n', 'ready\n', 'ready\n'])
    holder?.child.kill('SIGKILL')
    await Promise.all(others.map(({ saw }) => saw('served 250')))
    expect(pullsOf(emulator)).toBe(2)
  })

  const faults: readonly [string, (server: RedisServer) => Promise<void>][] = [
    ['is killed and stays away', (server) => server.kill()],
    [
      'is restarted',
      async (server) => {
        await server.kill()
        await pause(SECOND)
        await server.restart()
      },
    ],
    ['stands still for two seconds', (server) => command(server, 'DEBUG', 'SLEEP', '2')],
    ['is full', (server) => command(server, 'CONFIG', 'SET', 'maxmemory', '1')],
    ['lost all it knew', (server) => command(server, 'FLUSHALL')],
  ]
  it.each(faults)('lose no call under load when it %s', async (_what, fault) => {
    await using emulator = await testEmulator()
    await using server = await startRedis()
    using _renewal = renewDelegations(emulator)
    await using fleet = await startFleet(emulator, { port: server.port })
    fleet.tell('load')
    await pause(2 * SECOND)
    await fault(server)
    await pause(4 * SECOND)
    const results = await stopLoad(fleet.programs)
    expect(results.map(({ failed }) => failed)).toEqual(['none', 'none', 'none', 'none'])
    expect(Math.min(...results.map(({ calls }) => calls))).toBeGreaterThan(50)
  })

  it('lose no call on those that live while one is killed each second for 30 s, and Redis now and then', async () => {
    await using emulator = await testEmulator()
    await using server = await startRedis()
    using _renewal = renewDelegations(emulator)
    await using fleet = await startFleet(emulator, { port: server.port })
    fleet.tell('load')
    const endsAt = performance.now() + 30 * SECOND
    for (let kill = 0; performance.now() < endsAt; kill++) {
      await pause(SECOND)
      // The first one lives through all of it.
      const index = 1 + (kill % 3)
      await fleet.replace(index)
      fleet.programs[index]?.child.stdin.write('load\n')
      if (kill % 8 !== 5) continue
      // A process that starts meanwhile could not connect, whatever the store does.
      await server.kill()
      await pause(SECOND)
      await server.restart()
    }
    const results = await stopLoad(fleet.programs)
    expect(results.map(({ failed }) => failed)).toEqual(['none', 'none', 'none', 'none'])
    expect(results[0]?.calls).toBeGreaterThan(300)
  })
})

describe.skipIf(lacksRedis())('a dump of Redis', () => {
  it('holds no token, no client ID and no auth_req_id, of tokens, questions, claims and leases', async () => {
    await using emulator = await testEmulator()
    await using server = await startRedis()
    await using connected = await clients['node-redis'](server.port)
    const key = Buffer.from(Array.from({ length: 32 }, (_, index) => index)).toString('base64')
    await using client = createAuthSecClient({
      baseUrl: emulator.baseUrl,
      clientId: emulator.clientId,
      resources: [{ name: 'vault', baseUrl: emulator.vaultUrl, methods: ['GET', 'DELETE'] }],
      ciba: { loginHint: 'approver@example.com' },
      approvals: { keys: [{ kid: 'a', key }] },
      tokenKeys: [{ kid: 't', key }],
      store: redisTokenStore(connected.client),
    })
    const approval = { message: 'Delete {endpoint}?', wait: 'suspend' } as const
    const call = { method: 'DELETE', endpoint: 'records/1', approval } as const
    expect(await rejection(client.secureFetch(call))).toMatchObject({ code: 'approval_pending' })
    const whileAsked = await dumpOf(connected.send)
    emulator.control.approve()
    await client.secureFetch(call).catch(() => undefined)
    const afterwards = await dumpOf(connected.send)
    // The leak watch searches what is watched when the file ends.
    for (const entry of [...whileAsked, ...afterwards]) watch('Redis', entry)
    expect(whileAsked.length).toBeGreaterThan(1)
    expect(afterwards.length).toBeGreaterThan(1)
    expect(JSON.stringify([whileAsked, afterwards])).not.toContain('approver@example.com')
  })
})

/** An administrator who delegates anew each second, for four seconds. */
function renewDelegations({ control }: Emulator): Disposable {
  const delegate = (): void => control.delegate({ ttlSeconds: 20 })
  delegate()
  const timer = setInterval(delegate, SECOND)
  return { [Symbol.dispose]: () => clearInterval(timer) }
}

async function command(server: RedisServer, ...args: string[]): Promise<void> {
  await using connected = await clients['node-redis'](server.port)
  await connected.send(...args)
}

/** All keys and values, as a copy of the disk would have them. */
async function dumpOf(send: (...args: string[]) => Promise<unknown>): Promise<string[]> {
  const keys = (await send('KEYS', '*')) as string[]
  return Promise.all(keys.map(async (key) => `${key} ${String(await send('GET', key))}`))
}
