import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { createFakeClock, rejection, settle } from '@authsec-internal/test-kit'
import { describe, expect, it } from 'vitest'
import { createAuthSecClient } from '../src/client/create-client.ts'
import { AGENT } from './support/shared-bench.ts'

/** How many requests a minute a process may send, after clients were made, left alone and collected. */
async function limitsAfter(body: string): Promise<string> {
  const source = `
    import { createAuthSecClient, createAuthSecPool } from '@authsec/core'
    import { limiterOf } from './src/limiter/limiters.ts'
    import { Turn } from './src/limiter/turn.ts'
    import { systemClock } from './src/support/clock.ts'
    const [A, B] = ['a', 'b'].map((first) => first + '0000000-0000-4000-8000-000000000000')
    const fetch = async () => new Response('')
    const baseUrl = 'https://auth.example.com'
    const client = (clientId, requestsPerMinute) =>
      createAuthSecClient({ baseUrl, clientId, fetch, ...(requestsPerMinute && { rateLimit: { requestsPerMinute } }) })
    const left = () => {
      const limiter = limiterOf(new URL(baseUrl), systemClock)
      const turn = () => new Turn(systemClock, { isUrgent: true, queueMs: 0, signal: undefined, keepAlive: false })
      let slots = 0
      while (slots < 200 && limiter.take({ of: 'x', turn: turn(), isAgain: false })) slots += 1
      return slots
    }
    const collect = async () => {
      for (let turn = 0; turn < 30; turn += 1) {
        globalThis.gc()
        await new Promise((resolve) => setTimeout(resolve, 5))
      }
    }
    const keep = []
    ${body}
    await collect()
    console.log(left())
    // It lives until here.
    await Promise.all(keep.map((one) => one.close()))`
  const flags = ['--expose-gc', '--conditions=@authsec/source', '--no-warnings']
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [...flags, '--input-type=module', '-e', source],
    { cwd: `${import.meta.dirname}/..`, timeout: 30_000 },
  )
  return stdout.trim()
}

describe('the limit that a client names', () => {
  it.each([
    [
      'ends with it, while another client of the agent lives',
      '90',
      'keep.push(client(A))',
      'client(A, 3)',
    ],
    [
      'ends with it, which the other client came after',
      '90',
      '',
      'client(A, 3); keep.push(client(A))',
    ],
    ['ends with it, alone', '90', '', 'client(A, 3)'],
    [
      'ends with it, while two more name higher ones',
      '50',
      'keep.push(client(A, 60))',
      'client(A, 3); keep.push(client(A, 50))',
    ],
    [
      'holds while it lives, beside one that is garbage',
      '3',
      'keep.push(client(A, 3))',
      'client(A); client(A, 2)',
    ],
    [
      'holds while it lives, and its agent has another client',
      '3',
      'keep.push(client(A, 3))',
      'keep.push(client(A))',
    ],
    [
      'of a pool holds while the pool lives',
      '3',
      'keep.push(createAuthSecPool({ baseUrl, fetch, rateLimit: { requestsPerMinute: 3 } }))',
      'keep[0].client(A)',
    ],
  ])('%s', async (_what, limit, first, second) => {
    const body = `;(() => { ${first} })(); (() => { ${second} })()`
    expect(await limitsAfter(body)).toBe(limit)
  })
})

describe('a client that is closed between two attempts', () => {
  const failures: [string, () => Promise<Response>][] = [
    ['cannot be reached', () => Promise.reject(refused())],
    ['answers 503', async () => new Response('', { status: 503 })],
    ['answers 503 and names a time', async () => after(503, '7')],
    ['answers with a page', async () => new Response('<html>', { status: 200 })],
  ]
  const refused = (): Error =>
    Object.assign(new TypeError('fetch failed'), { cause: { code: 'ECONNREFUSED' } })
  const after = (status: number, seconds: string): Response =>
    new Response('', { status, headers: { 'retry-after': seconds } })

  it.each(failures)('leaves no timer behind when AuthSec %s', async (_what, fetch) => {
    const clock = createFakeClock()
    let asked = 0
    const client = createAuthSecClient({
      ...{ baseUrl: `https://${crypto.randomUUID()}.example.com`, clientId: AGENT, clock },
      fetch: async () => {
        asked += 1
        return fetch()
      },
    })
    const call = rejection(client.getDelegationToken())
    await settle()
    expect(asked).toBe(1)
    expect(clock.pending).toBeGreaterThan(1)
    await client.close()
    expect(await call).toMatchObject({ code: 'client_closed' })
    await settle()
    expect(clock.pending).toBe(0)
    await clock.advance(20_000)
    expect(asked).toBe(1)
  })
})
