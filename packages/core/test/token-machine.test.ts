import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { DelegationToken } from '../src/token/delegation-token.ts'
import { createEngine, failure, tokenFor } from './support/stub-api.ts'

type Step =
  | { do: 'get' | 'force' | 'reject' | 'delegate' | 'revoke' | 'outage' | 'recover' }
  | { do: 'wait'; seconds: number }

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.constant<Step>({ do: 'get' }) },
  {
    weight: 4,
    arbitrary: fc
      .constantFrom(1, 10, 40, 300, 1_500, 4_000)
      .map((seconds): Step => ({ do: 'wait', seconds })),
  },
  {
    weight: 3,
    arbitrary: fc.constantFrom<Step>(
      ...(['force', 'reject', 'delegate', 'revoke', 'outage', 'recover'] as const).map((name) => ({
        do: name,
      })),
    ),
  },
)

/** A server with one stored delegation, as AuthSec has it, that can be out of order. */
function modelServer() {
  const engine = createEngine({ timeoutMs: 5_000 })
  const world = {
    engine,
    stored: tokenFor(engine.clock, '0', 3_600) as DelegationToken | undefined,
    isOut: false,
    inFlight: 0,
    mostInFlight: 0,
    /** The last token AuthSec has told the client is gone; it must never be served again. */
    takenBack: new Set<string>(),
    names: 0,
  }
  engine.answer(async () => {
    world.inFlight += 1
    world.mostInFlight = Math.max(world.mostInFlight, world.inFlight)
    await Promise.resolve()
    world.inFlight -= 1
    if (world.isOut) throw failure('server_error', { status: 503 })
    const { stored } = world
    if (!stored || stored.expiresAt.getTime() <= engine.clock.now()) {
      for (const value of everServed) world.takenBack.add(value)
      throw failure('no_active_delegation', { status: 404 })
    }
    return stored
  })
  const everServed = new Set<string>()
  return { world, everServed }
}

describe('the token engine, whatever happens in whatever order', () => {
  it('never serves a token that has expired or was taken back, and asks one thing at a time', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
        const { world, everServed } = modelServer()
        const { engine } = world
        let held: DelegationToken | undefined
        const ask = async (options: object): Promise<void> => {
          const gone = new Set(world.takenBack)
          const call = engine.source.get(options).then(
            (token) => {
              expect(token.expiresAt.getTime(), 'expired').toBeGreaterThan(engine.clock.now())
              const isFresh = world.stored?.value === token.value
              expect(gone.has(token.value) && !isFresh, 'taken back').toBe(false)
              everServed.add(token.value)
              held = token
            },
            (error: { code: string }) => {
              expect(['server_error', 'no_active_delegation', 'delegation_expired']).toContain(
                error.code,
              )
            },
          )
          const checked = call.then(
            () => undefined,
            (error: unknown) => ({ error }),
          )
          await engine.clock.advance(6_000)
          const wrong = await checked
          if (wrong) throw wrong.error
        }
        for (const next of steps) {
          if (next.do === 'wait') await engine.clock.advance(next.seconds * 1000)
          else if (next.do === 'get') await ask({})
          else if (next.do === 'force') await ask({ forceRefresh: true })
          else if (next.do === 'reject') await ask(held ? { rejected: held } : {})
          else if (next.do === 'delegate')
            world.stored = tokenFor(engine.clock, `${++world.names}`, 3_600)
          else if (next.do === 'revoke') world.stored = undefined
          else world.isOut = next.do === 'outage'
        }
        expect(world.mostInFlight).toBeLessThanOrEqual(1)

        // However it went, a server in order and a delegation bring a token within five minutes.
        world.isOut = false
        world.stored = tokenFor(engine.clock, 'last', 36_000)
        await engine.clock.advance(300_000)
        await ask({})
        await engine.clock.advance(60_000)
        await ask({})
        expect(held?.expiresAt.getTime()).toBeGreaterThan(engine.clock.now())
      }),
      { numRuns: 100 },
    )
  })
})

describe('the token engine during an outage', () => {
  /** Requests within ten minutes of outage, with four calls a second. */
  async function requestsOfOutage(steps: readonly Step[]): Promise<number> {
    const { world } = modelServer()
    const { engine } = world
    const calls: Promise<unknown>[] = []
    let held: DelegationToken | undefined
    const get = (options: object): void => {
      const call = engine.source.get(options).then(
        (token) => {
          held = token
        },
        () => undefined,
      )
      calls.push(call)
    }
    for (const next of steps) {
      if (next.do === 'wait') await engine.clock.advance(next.seconds * 1000)
      else if (next.do === 'delegate') {
        world.stored = tokenFor(engine.clock, `${++world.names}`, 600)
      } else if (next.do === 'revoke') world.stored = undefined
      else if (next.do === 'outage') world.isOut = true
      else if (next.do === 'recover') world.isOut = false
      else get({})
      await engine.clock.advance(50)
    }
    world.isOut = true
    const before = engine.requests
    for (let call = 0; call < 2_400; call++) {
      get(held && call % 3 === 0 ? { rejected: held } : {})
      await engine.clock.advance(250)
    }
    await engine.clock.advance(10_000)
    await Promise.all(calls)
    return engine.requests - before
  }

  const wait = (seconds: number): Step => ({ do: 'wait', seconds })

  it.each<[string, readonly Step[]]>([
    ['there never was a token', []],
    ['the token is fresh', [{ do: 'get' }]],
    ['the token expires in the middle of it', [{ do: 'get' }, wait(3_300)]],
    ['the token is about to expire', [{ do: 'get' }, wait(3_580)]],
    ['the token has just expired', [{ do: 'get' }, wait(3_600)]],
    ['the token expired long ago', [{ do: 'get' }, wait(20_000)]],
    ['the token was revoked', [{ do: 'get' }, { do: 'revoke' }, wait(1_900), { do: 'get' }]],
    ['it is the second outage', [{ do: 'outage' }, { do: 'get' }, { do: 'recover' }, wait(99)]],
  ])('sends at most 30 requests in ten minutes when %s', async (_what, steps) => {
    expect(await requestsOfOutage(steps)).toBeLessThanOrEqual(30)
  })

  it('sends at most 30 requests in ten minutes whatever happened before', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        expect(await requestsOfOutage(steps)).toBeLessThanOrEqual(30)
      }),
      { numRuns: 12 },
    )
  })
})
