import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createAuthSecPool } from '@authsec/core'
import { thrown } from '@authsec-internal/test-kit'
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest'
import { connectRedis } from '../src/redis.ts'
import { createService } from '../src/service.ts'
import { readSettings } from '../src/settings.ts'

afterEach(() => vi.restoreAllMocks())

/** The status of a request that is sent as it is written. */
async function statusOf(port: number, target: string): Promise<string | undefined> {
  const socket = connect(port, '127.0.0.1')
  socket.write(`GET ${target} HTTP/1.1\r\nhost: service\r\nconnection: close\r\n\r\n`)
  let answer = ''
  for await (const chunk of socket) answer += chunk
  return / (\d{3}) /.exec(answer)?.[1]
}

describe('The service', () => {
  it('answers 404, and logs no fault, for a target that is no path of it', async () => {
    const logged = vi.spyOn(console, 'error')
    await using pool = createAuthSecPool({ baseUrl: 'https://auth.example.com' })
    const parts = { pool, agents: new Map([['acme', 'x']]), storeStatus: () => 'ready' }
    const { server, drain } = createService(parts)
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const { port } = Object(server.address())
    for (const target of ['//', '//[', 'http://[', 'http://a:b/', '*', '/agents//metrics']) {
      expect(await statusOf(port, target), target).toBe('404')
    }
    expect(await statusOf(port, '/healthz?now')).toBe('200')
    expect(await statusOf(port, 'http://service/healthz')).toBe('200')
    expect(logged).not.toHaveBeenCalled()
    await drain(100)
  })
})

describe('The settings of the service', () => {
  const folder = mkdtempSync(join(tmpdir(), 'authsec-settings-'))
  const AGENTS_FILE = join(folder, 'agents.json')
  writeFileSync(AGENTS_FILE, '{"acme":"x"}')
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it('take an address of Redis alone, and name the variable of any other one', () => {
    const env = { AGENTS_FILE, REPLICAS: '4', REQUESTS_PER_MINUTE: '90' }
    for (const REDIS_URL of ['redis://redis:6379', 'rediss://agents@redis.agents.svc/0']) {
      expect(readSettings({ ...env, REDIS_URL })).toMatchObject({ redisUrl: REDIS_URL })
    }
    for (const REDIS_URL of [
      'redis',
      'localhost:6379',
      'http://redis:6379',
      'redis://',
      '/run/x',
    ]) {
      expect(
        thrown(() => readSettings({ ...env, REDIS_URL })),
        REDIS_URL,
      ).toMatchObject({
        message: 'REDIS_URL must be redis://… or rediss://….',
      })
    }
  })
})

describe('The connection to Redis', () => {
  it.each(['a%41b', '50%off', '100%', 'p/@:#?%25 ü', 'plain'])(
    'logs in with the password %s as it is written',
    async (password) => {
      let received = ''
      const server = createServer((socket) => {
        socket.on('error', () => undefined)
        socket.on('data', (chunk) => {
          received += chunk
          socket.write('+OK\r\n'.repeat(`${chunk}`.split(/^\*/m).length - 1))
        })
      }).listen(0, '127.0.0.1')
      await once(server, 'listening')
      vi.spyOn(console, 'warn').mockImplementation(() => undefined)
      const redis = await connectRedis(
        `redis://agents@127.0.0.1:${Object(server.address()).port}`,
        password,
      )
      redis.disconnect()
      server.close()
      const length = Buffer.byteLength(password)
      expect(received.toLowerCase()).toContain('auth')
      expect(received).toContain(`\r\nagents\r\n$${length}\r\n${password}\r\n`)
    },
  )
})
