import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Emulator } from '@authsec/emulator'
import { type RunningProgram, startProgram, testEmulator, watch } from '@authsec-internal/test-kit'
import { describe, expect, it } from 'vitest'
import { until } from './support/shared-bench.ts'
import { quickDirectory, storeDirectory } from './support/store-directory.ts'

const PROGRAM = 'packages/core/test/fixtures/share-token.ts'
const TOKEN_PATH = '/authsec/uflow/sdk/delegation-token'

interface Fleet extends AsyncDisposable {
  readonly programs: readonly RunningProgram[]
  /** All make so many calls at once. */
  call(count: number): void
}

async function startFleet(
  { baseUrl, clientId }: Emulator,
  { directory, leases }: { readonly directory: string; readonly leases: 'yes' | 'no' },
): Promise<Fleet> {
  const args = [directory, leases, baseUrl, clientId]
  const programs = Array.from({ length: 4 }, () => startProgram(PROGRAM, args))
  await Promise.all(programs.map((program) => program.saw('ready')))
  return {
    programs,
    call(count) {
      for (const { child } of programs) child.stdin.write(`${count}\n`)
    },
    async [Symbol.asyncDispose]() {
      for (const { child } of programs) child.kill('SIGKILL')
      await Promise.all(programs.map(({ ended }) => ended))
      for (const { output } of programs) watch('output of a process', output)
    },
  }
}

const pullsOf = ({ requests }: Emulator): number =>
  requests.filter(({ path }) => path === TOKEN_PATH).length

/** Calls, fingerprint and milliseconds of each process. */
function served(programs: readonly RunningProgram[]): [string, string, number][] {
  return programs.map(({ output }) => {
    const [, calls = '', fingerprint = '', ms = ''] =
      /served (\d+) (\S+) (\d+)\n/.exec(output.stdout) ?? []
    return [calls, fingerprint, Number(ms)]
  })
}

describe('four processes of 250 cold callers each', () => {
  it.each([
    ['yes', 1],
    ['no', 4],
  ] as const)(
    'with leases: %s, ask AuthSec %i times at most',
    async (leases, most) => {
      await using emulator = await testEmulator()
      using directory = storeDirectory(quickDirectory)
      await using fleet = await startFleet(emulator, { directory: directory.path, leases })
      fleet.call(250)
      await Promise.all(fleet.programs.map((program) => program.saw('served')))
      const answers = served(fleet.programs)
      expect(answers.map(([calls]) => calls)).toEqual(['250', '250', '250', '250'])
      expect(new Set(answers.map(([, fingerprint]) => fingerprint)).size).toBe(1)
      expect(pullsOf(emulator)).toBeGreaterThan(0)
      expect(pullsOf(emulator)).toBeLessThanOrEqual(most)
      for (const name of readdirSync(directory.path, { recursive: true, encoding: 'utf8' })) {
        watch('name in the store', name)
        if (name.includes('.')) continue
        try {
          watch('value in the store', readFileSync(join(directory.path, name), 'utf8'))
        } catch (error) {
          if (Object(error).code !== 'EISDIR') throw error
        }
      }
    },
    60_000,
  )

  it('lose one lease and one request when the one that asks is killed', async () => {
    await using emulator = await testEmulator()
    using directory = storeDirectory(quickDirectory)
    await using fleet = await startFleet(emulator, { directory: directory.path, leases: 'yes' })
    emulator.control.failNext({ kind: 'hang' })
    const [holder, ...others] = fleet.programs
    holder?.child.stdin.write('250\n')
    await until(() => emulator.control.faults().length === 0)
    for (const { child } of others) child.stdin.write('250\n')
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(others.map(({ output }) => output.stdout)).toEqual(['ready\n', 'ready\n', 'ready\n'])
    holder?.child.kill('SIGKILL')
    await Promise.all(others.map((program) => program.saw('served')))
    expect(pullsOf(emulator)).toBe(2)
    // A third of the timeout of 12 s for the lease, and ten times 250 ms for each of two looks.
    for (const [calls, , ms] of served(others)) {
      expect(calls).toBe('250')
      expect(ms).toBeLessThanOrEqual(4_000 + 5_000 + 2_000)
    }
  }, 60_000)
})
