import { Readable } from 'node:stream'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { eachPiece } from '../src/http/each-piece.ts'
import { createBoundedSignal } from '../src/support/bounded-signal.ts'
import { systemClock } from '../src/support/clock.ts'

interface Fault {
  /** Before which piece it happens. */
  readonly at: number
  readonly what: 'none' | 'error' | 'gone' | 'refused'
}

/** A stream with these pieces, and with a fault before one of them. */
function streamOf(pieces: readonly Uint8Array[], { at, what }: Fault): Readable {
  let next = 0
  return new Readable({
    read() {
      const index = next++
      const isFault = index === at && what !== 'none' && what !== 'refused'
      if (isFault) return void this.destroy(what === 'error' ? new Error('broken') : undefined)
      this.push(pieces[index] ?? null)
    },
  })
}

async function outcomeOf(read: (take: (piece: Uint8Array) => void) => Promise<void>, fault: Fault) {
  const taken: string[] = []
  try {
    await read((piece) => {
      if (fault.what === 'refused' && taken.length === fault.at) throw new RangeError('refused')
      taken.push(Buffer.from(piece).toString('hex'))
    })
    return { taken }
  } catch (error) {
    const { message, code } = error as Error & { code?: string }
    // Only its code says that a stream ended early.
    return { taken, error: code ?? message }
  }
}

async function iterate(body: Readable, take: (piece: Uint8Array) => void): Promise<void> {
  for await (const piece of body) take(piece)
}

describe('the pieces of a body', () => {
  it('are the same by events as by an iterator, whatever happens to the stream', async () => {
    const pieces = fc.array(fc.uint8Array({ minLength: 1, maxLength: 9 }), { maxLength: 6 })
    const fault = fc.record({
      at: fc.nat({ max: 6 }),
      what: fc.constantFrom('none', 'error', 'gone', 'refused'),
    })
    await fc.assert(
      fc.asyncProperty(pieces, fault, async (all, how) => {
        const [byEvents, byIterator] = [streamOf(all, how), streamOf(all, how)]
        expect(await outcomeOf((take) => eachPiece(byEvents, take), how)).toEqual(
          await outcomeOf((take) => iterate(byIterator, take), how),
        )
        expect(byEvents.destroyed).toBe(true)
      }),
      { numRuns: 500 },
    )
  })

  it.each([
    ['an error', new Error('broken'), 'broken'],
    ['no error', undefined, 'network_error'],
  ])(
    'of a stream that ended with %s before anyone listened are a failure',
    async (_how, error, message) => {
      const body = streamOf([Buffer.from('x')], { at: 9, what: 'none' })
      body.on('error', () => undefined)
      body.destroy(error)
      await new Promise((resolve) => setImmediate(resolve))
      await expect(eachPiece(body, () => undefined)).rejects.toThrow(message)
    },
  )

  it('of an iterable that is no stream are handed over too', async () => {
    async function* pieces() {
      yield Buffer.from('a')
      yield Buffer.from('b')
    }
    const taken: string[] = []
    await eachPiece(pieces(), (piece) => taken.push(String(piece)))
    expect(taken).toEqual(['a', 'b'])
  })
})

describe('work under a bounded signal', () => {
  const bound = (signal?: AbortSignal) =>
    createBoundedSignal({
      clock: systemClock,
      ms: 60_000,
      signal,
      keepAlive: false,
      reason: () => new Error('too late'),
    })
  const never = new Promise<never>(() => undefined)

  it('fails with the reason of the abort, all of it at once, and later work too', async () => {
    const outer = new AbortController()
    const { orAborted, signal, release } = bound(outer.signal)
    const waiting = [orAborted(never), orAborted(never), orAborted(never)]
    outer.abort('enough')
    const results = await Promise.allSettled([
      ...waiting,
      orAborted(never),
      orAborted(Promise.resolve(1)),
    ])
    expect(results).toEqual(results.map(() => ({ status: 'rejected', reason: 'enough' })))
    expect([signal.aborted, signal.reason]).toEqual([true, 'enough'])
    release()
  })

  it('has its own result or error when that comes first', async () => {
    const outer = new AbortController()
    const { orAborted, release } = bound(outer.signal)
    expect(await orAborted(Promise.resolve(7))).toBe(7)
    await expect(orAborted(Promise.reject(new Error('own')))).rejects.toThrow('own')
    const late = orAborted(Promise.resolve(8))
    await Promise.resolve()
    await Promise.resolve()
    outer.abort('enough')
    expect(await late).toBe(8)
    release()
  })

  it('has no unhandled error when it fails after the abort', async () => {
    const outer = new AbortController()
    const { orAborted, release } = bound(outer.signal)
    const { promise, reject } = Promise.withResolvers<never>()
    const work = orAborted(promise)
    outer.abort('enough')
    reject(new Error('late'))
    await expect(work).rejects.toBe('enough')
    release()
  })
})
