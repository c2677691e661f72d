import { type RunningProgram, startProgram } from '@authsec-internal/test-kit'
import { describe, expect, it } from 'vitest'
import { createFileStore } from '../src/store.ts'
import { systemClock } from '../src/support/clock.ts'
import { storeDirectory } from './support/store-directory.ts'

const PROGRAM = 'packages/core/test/fixtures/claim-ids.ts'
const MINUTE = 60_000
const ids = Array.from({ length: 50 }, (_, index) => `id-${index}`)

interface Racers extends AsyncDisposable {
  /** All claim the same IDs at once; the IDs that any of them got, one entry for each claim. */
  race(ids: readonly string[], ttlMs: number): Promise<string[]>
  readonly programs: readonly RunningProgram[]
}

async function startRacers(directory: string, count: number): Promise<Racers> {
  const programs = Array.from({ length: count }, () => startProgram(PROGRAM, [directory]))
  await Promise.all(programs.map((program) => program.saw('ready')))
  let races = 0
  return {
    programs,
    async race(wanted, ttlMs) {
      races += 1
      const before = programs.map(wonBy)
      for (const program of programs) tell(program, wanted, ttlMs)
      await Promise.all(programs.map((program) => program.saw(`done ${races}\n`)))
      return programs.flatMap((program, index) => wonBy(program).slice(before[index]?.length ?? 0))
    },
    async [Symbol.asyncDispose]() {
      for (const { child } of programs) child.kill('SIGKILL')
      await Promise.all(programs.map(({ ended }) => ended))
    },
  }
}

function tell(
  program: RunningProgram,
  wanted: readonly string[],
  ttlMs: number,
  method: 'claim' | 'lease' = 'claim',
): void {
  const task = { ids: wanted, ttlMs, method, startAt: Date.now() + 30 }
  program.child.stdin.write(`${JSON.stringify(task)}\n`)
}

function wonBy({ output }: RunningProgram): string[] {
  return [...output.stdout.matchAll(/^won (.*)\n/gm)].map(([, id = '']) => id)
}

describe('claims of several processes', () => {
  it('are each given to one of four', async () => {
    using directory = storeDirectory()
    await using racers = await startRacers(directory.path, 4)
    const won = await racers.race(ids, MINUTE)
    expect(won.toSorted()).toEqual(ids.toSorted())
    expect(await racers.race(ids, MINUTE)).toEqual([])
  })

  it('are each given to one of four again, when their time is up', async () => {
    using directory = storeDirectory()
    await using racers = await startRacers(directory.path, 4)
    const earlier = createFileStore({
      directory: directory.path,
      clock: { ...systemClock, now: () => Date.now() - 2 * MINUTE },
    })
    for (const round of ['a', 'b', 'c', 'd', 'e', 'f']) {
      const ended = ids.map((id) => `${round} ${id}`)
      for (const id of ended) expect(await earlier.claim(id, MINUTE)).toBe(true)
      const won = await racers.race(ended, MINUTE)
      expect(won.toSorted()).toEqual(ended.toSorted())
    }
  }, 60_000)

  it('are given to one of four however often they end while the race is on', async () => {
    using directory = storeDirectory()
    await using racers = await startRacers(directory.path, 4)
    // Few IDs, many times, so that claims end and are swept while others look at them.
    const often = Array.from({ length: 400 }, (_, index) => `id-${index % 7}`)
    await racers.race(often, 2)
    const won = await racers.race(ids, MINUTE)
    expect(won.toSorted()).toEqual(ids.toSorted())
  })

  it('hold after the process was killed at any moment', async () => {
    using directory = storeDirectory()
    const store = createFileStore({ directory: directory.path })
    for (const round of Array.from({ length: 8 }, (_, index) => index)) {
      const many = Array.from({ length: 2_000 }, (_, index) => `${round}-${index}`)
      await using racers = await startRacers(directory.path, 1)
      const [program] = racers.programs
      if (!program) throw new Error('No process was started.')
      tell(program, many, MINUTE)
      await program.saw(`won ${round}-${1 + round}\n`)
      program.child.kill('SIGKILL')
      await program.ended
      const won = wonBy(program)
      expect(won.length).toBeLessThan(2_000)
      for (const id of won) expect(await store.claim(id, MINUTE), id).toBe(false)
      // The one that it was at may be taken or free; all further ones are free, and each is taken once.
      const next = many.slice(won.length + 1, won.length + 6)
      for (const id of next) expect(await store.claim(id, MINUTE), id).toBe(true)
      for (const id of many.slice(0, won.length + 6)) {
        const again = await store.claim(id, MINUTE)
        if (id !== many[won.length]) expect(again, id).toBe(false)
      }
    }
  }, 60_000)
})

describe('leases of several processes', () => {
  it('are each given to one of four', async () => {
    using directory = storeDirectory()
    await using racers = await startRacers(directory.path, 4)
    for (const program of racers.programs) tell(program, ids, MINUTE, 'lease')
    await Promise.all(racers.programs.map((program) => program.saw('done 1\n')))
    expect(racers.programs.flatMap(wonBy).toSorted()).toEqual(ids.toSorted())
  })

  it('end with their time when the holder was killed, and not before', async () => {
    using directory = storeDirectory()
    await using racers = await startRacers(directory.path, 1)
    const [program] = racers.programs
    if (!program) throw new Error('No process was started.')
    tell(program, ['key'], MINUTE, 'lease')
    await program.saw('won key\n')
    program.child.kill('SIGKILL')
    await program.ended
    const at = (ms: number): ReturnType<typeof createFileStore> =>
      createFileStore({
        directory: directory.path,
        clock: { ...systemClock, now: () => Date.now() + ms },
      })
    expect(await at(0).lease('key', MINUTE)).toBeUndefined()
    expect(await at(MINUTE / 2).lease('key', MINUTE)).toBeUndefined()
    const held = await at(MINUTE).lease('key', MINUTE)
    expect(held).toBeDefined()
    await held?.release()
    expect(await at(0).lease('key', MINUTE)).toBeDefined()
  })
})
