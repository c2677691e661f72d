import { mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type RunningProgram, startProgram } from '@authsec-internal/test-kit'
import { describe, expect, it } from 'vitest'
import { sqliteTokenStore } from '../src/index.ts'

const PROGRAM = 'packages/store/test/fixtures/sqlite-process.ts'
const MINUTE = 60_000
const ids = Array.from({ length: 200 }, (_, index) => `id-${index}`)

interface Processes extends AsyncDisposable {
  readonly path: string
  readonly programs: readonly RunningProgram[]
}

async function start(count: number): Promise<Processes> {
  const directory = mkdtempSync(join(tmpdir(), 'authsec-sqlite-'))
  const path = join(directory, 'authsec.db')
  const programs = Array.from({ length: count }, () => startProgram(PROGRAM, [path]))
  await Promise.all(programs.map((program) => program.saw('started')))
  return {
    path,
    programs,
    async [Symbol.asyncDispose]() {
      for (const { child } of programs) child.kill('SIGKILL')
      await Promise.all(programs.map(({ ended }) => ended))
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

function tell({ programs }: Processes, task: object): void {
  const line = `${JSON.stringify({ startAt: Date.now() + 50, ...task })}\n`
  for (const { child } of programs) child.stdin.write(line)
}

async function done({ programs }: Processes, number: number): Promise<void> {
  await Promise.all(programs.map((program) => program.saw(`done ${number}\n`)))
}

function wonBy({ output }: RunningProgram): string[] {
  return [...output.stdout.matchAll(/^won (.*)\n/gm)].map(([, id = '']) => id)
}

describe('processes that share a SQLite store', () => {
  it('are each given some of 200 claims, and none is given twice, when four create the store at once', async () => {
    await using processes = await start(4)
    tell(processes, { claim: ids, ttlMs: MINUTE })
    await done(processes, 1)
    expect(processes.programs.flatMap(wonBy).toSorted()).toEqual(ids.toSorted())
    tell(processes, { claim: ids, ttlMs: MINUTE })
    await done(processes, 2)
    expect(processes.programs.flatMap(wonBy)).toHaveLength(200)
  }, 60_000)

  it('are given each claim once again when its time is up', async () => {
    await using processes = await start(4)
    tell(processes, {
      claim: Array.from({ length: 50 }, () => ids)
        .flat()
        .slice(0, 400),
      ttlMs: 1,
    })
    await done(processes, 1)
    const before = processes.programs.map((program) => wonBy(program).length)
    tell(processes, { claim: ids.slice(0, 100), ttlMs: MINUTE })
    await done(processes, 2)
    const won = processes.programs.flatMap((program, index) => wonBy(program).slice(before[index]))
    expect(won.toSorted()).toEqual(ids.slice(0, 100).toSorted())
  }, 60_000)

  it('wait for the end of a lease whose holder was killed, and for no longer', async () => {
    await using processes = await start(1)
    const [program] = processes.programs
    tell(processes, { lease: 'key', ttlMs: 1_500 })
    await program?.saw('held')
    const heldAt = Date.now()
    program?.child.kill('SIGKILL')
    await program?.ended
    const store = sqliteTokenStore({ path: processes.path })
    try {
      expect(await store.lease('key', MINUTE)).toBeUndefined()
      await expect
        .poll(async () => (await store.lease('key', MINUTE)) !== undefined, { timeout: 5_000 })
        .toBe(true)
      expect(Date.now() - heldAt).toBeLessThan(3_000)
      expect(await store.lease('key', MINUTE)).toBeUndefined()
    } finally {
      store.close()
    }
  })

  it('keep every claim of a process that was killed at any moment', async () => {
    for (const round of [1, 2, 3]) {
      await using processes = await start(1)
      const [program] = processes.programs
      tell(processes, { claim: ids, ttlMs: MINUTE })
      await program?.saw(`won id-${round * 7}\n`)
      program?.child.kill('SIGKILL')
      await program?.ended
      const won = program === undefined ? [] : wonBy(program)
      const store = sqliteTokenStore({ path: processes.path })
      try {
        for (const id of won) expect(await store.claim(id, MINUTE), id).toBe(false)
        // The one that it was at may be taken or free; those after it are free.
        for (const id of ids.slice(won.length + 1, won.length + 6)) {
          expect(await store.claim(id, MINUTE), id).toBe(true)
        }
      } finally {
        store.close()
      }
    }
  }, 60_000)

  it('share the files beside the database when one of them opens it by a link', async () => {
    await using processes = await start(1)
    const link = `${processes.path}.link`
    sqliteTokenStore({ path: processes.path }).close()
    symlinkSync(processes.path, link)
    const store = sqliteTokenStore({ path: link })
    try {
      expect(await store.claim('id-0', MINUTE)).toBe(true)
      tell(processes, { claim: ids.slice(0, 3), ttlMs: MINUTE })
      await done(processes, 1)
      expect(processes.programs.flatMap(wonBy)).toEqual(['id-1', 'id-2'])
      // The other one checkpoints and leaves; the files stay, for this one uses them.
      for (const { child } of processes.programs) child.stdin.end()
      await Promise.all(processes.programs.map(({ ended }) => ended))
      expect(await store.claim('id-2', MINUTE)).toBe(false)
      expect(await store.claim('id-3', MINUTE)).toBe(true)
    } finally {
      store.close()
    }
  })
})
