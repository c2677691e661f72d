import { describe, expect, it } from 'vitest'
import type { DelegationToken } from '../src/token/delegation-token.ts'
import type { GetTokenOptions } from '../src/token/token-request.ts'
import { type SharedBench, sharedBench } from './support/shared-bench.ts'

/** How long a token of an hour is fresh, at most. */
const FRESH_MS = 1_990_000

const insisting = {
  forced: (): GetTokenOptions => ({ forceRefresh: true }),
  rejected: (rejected: DelegationToken): GetTokenOptions => ({ rejected }),
}
const hows = ['forced', 'rejected'] as const

/** A process whose token is to be refreshed; another one has confirmed it just now, and the store is slow. */
async function aboutToRefresh(bench: SharedBench, storeMs = 20) {
  const get = async (key: string): Promise<string | undefined> => {
    await new Promise<void>((resolve) => void bench.clock.setTimeout(resolve, storeMs))
    return bench.store.get(key)
  }
  const client = bench.process({ store: { ...bench.store, get } })
  const other = bench.process()
  const token = await bench.run(client.getDelegationToken())
  await bench.clock.advance(FRESH_MS)
  return { client, other, token }
}

describe('a caller who insists while the store answers a refresh in the background', () => {
  it.each(hows)('is told of a revocation, when %s', async (how) => {
    const bench = sharedBench()
    const { client, other, token } = await aboutToRefresh(bench)
    await bench.run(other.getDelegationToken({ forceRefresh: true }))
    const before = bench.asked.length
    const background = client.getDelegationToken()
    bench.revoke()
    const call = client.getDelegationToken(insisting[how](token))
    const code = await bench.run(call.then(String, (error: { code: string }) => error.code))
    await bench.run(background)
    expect([code, bench.asked.length - before]).toEqual(['no_active_delegation', 1])
  })

  it.each(hows)('gets the token of a newer delegation, when %s', async (how) => {
    const bench = sharedBench()
    const { client, other, token } = await aboutToRefresh(bench, 45)
    await bench.run(other.getDelegationToken({ forceRefresh: true }))
    const background = client.getDelegationToken()
    const next = bench.delegate()
    const calls = Array.from({ length: 20 }, () => client.getDelegationToken(insisting[how](token)))
    const before = bench.asked.length
    const values = (await bench.run(Promise.all(calls))).map(({ value }) => value)
    await bench.run(background)
    expect(new Set(values)).toEqual(new Set([next]))
    expect(bench.asked.length - before).toBe(1)
  })

  it('is told so by one request, when some force and some were rejected', async () => {
    const bench = sharedBench()
    const { client, other, token } = await aboutToRefresh(bench)
    await bench.run(other.getDelegationToken({ forceRefresh: true }))
    const background = client.getDelegationToken()
    bench.revoke()
    const before = bench.asked.length
    const options = [...hows, ...hows].map((how) => insisting[how](token))
    const codes = await bench.run(
      Promise.all(
        options.map((each) =>
          client.getDelegationToken(each).then(String, (error: { code: string }) => error.code),
        ),
      ),
    )
    await bench.run(background)
    expect([new Set(codes), bench.asked.length - before]).toEqual([
      new Set(['no_active_delegation']),
      1,
    ])
  })

  it('who forces is not answered by the store, although a rejected token was', async () => {
    const bench = sharedBench()
    const { client, other, token } = await aboutToRefresh(bench)
    bench.delegate()
    await bench.run(other.getDelegationToken({ forceRefresh: true }))
    const next = bench.delegate()
    const before = bench.asked.length
    const rejected = client.getDelegationToken(insisting.rejected(token))
    const forced = client.getDelegationToken(insisting.forced())
    expect((await bench.run(forced)).value).toBe(next)
    await bench.run(rejected)
    expect(bench.asked.length - before).toBe(1)
  })

  it('is content with the answer of AuthSec to that refresh', async () => {
    const bench = sharedBench()
    const { client, token } = await aboutToRefresh(bench)
    const before = bench.asked.length
    const background = client.getDelegationToken()
    const calls = hows.map((how) => client.getDelegationToken(insisting[how](token)))
    await bench.run(Promise.all([background, ...calls]))
    expect(bench.asked.length - before).toBe(1)
  })

  it('is not asked about again within 30 s, once AuthSec confirmed the rejected token', async () => {
    const bench = sharedBench()
    const { client, other, token } = await aboutToRefresh(bench)
    await bench.run(other.getDelegationToken({ forceRefresh: true }))
    const before = bench.asked.length
    const background = client.getDelegationToken()
    const again = client.getDelegationToken({ rejected: token })
    expect((await bench.run(again)).value).toBe(token.value)
    await bench.run(background)
    await bench.clock.advance(25_000)
    await bench.run(client.getDelegationToken({ rejected: token }))
    expect(bench.asked.length - before).toBe(1)
  })
})
