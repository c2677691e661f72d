import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startProgram, testEmulator, watch } from '@authsec-internal/test-kit'
import { describe, expect, it, vi } from 'vitest'
import { executions, keys, pushes } from './durable-world.ts'

// Each process takes a second or two to load Mastra, and more when the machine is busy.
vi.setConfig({ testTimeout: 120_000 })

type Kind = 'agent' | 'hook' | 'workflow'
type Moment = 'asked' | 'claimed' | 'sent'

interface Result {
  readonly status: string
  readonly outcome: unknown
}

/** AuthSec, the protected API and a folder with the database: all that survives the processes. */
async function startWorld(kind: Kind) {
  const emulator = await testEmulator()
  const folder = mkdtempSync(join(tmpdir(), 'authsec-mastra-'))
  const environment = {
    FOLDER: folder,
    BASE_URL: emulator.baseUrl,
    VAULT_URL: emulator.vaultUrl,
    CLIENT_ID: emulator.clientId,
    KEYS: JSON.stringify(keys),
    MASTRA_TELEMETRY_DISABLED: '1',
  }

  /** Runs a process until it has a result, or has killed itself; then it is killed at any rate. */
  async function run(action: string, dies?: Moment): Promise<Result | undefined> {
    const script = 'packages/mastra/test/fixtures/restart-process.ts'
    const env = { ...environment, ...(dies && { DIES: dies }) }
    const { child, saw, ended, output } = startProgram(script, [kind, action], env)
    await saw('RESULT').catch((error: unknown) => {
      if (!dies) throw error
    })
    child.kill('SIGKILL')
    await ended
    watch('program output', output)
    const [, text] = /RESULT (.*)/.exec(output.stdout) ?? []
    return text === undefined ? undefined : JSON.parse(text)
  }

  /** Everything that is left on the disk. */
  function kept(): string {
    const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    const stored = files.filter((file) => file.isFile())
    return stored
      .map(({ parentPath, name }) => readFileSync(join(parentPath, name), 'latin1'))
      .join()
  }

  return {
    ...{ emulator, run, kept },
    counts: () => [pushes(emulator), executions(emulator)],
    async [Symbol.asyncDispose]() {
      await emulator[Symbol.asyncDispose]()
      rmSync(folder, { recursive: true })
    },
  }
}

const over: Record<Kind, string> = { agent: 'stop', hook: 'stop', workflow: 'success' }
const kinds: Kind[] = ['agent', 'hook', 'workflow']

it.each(kinds)(
  '%s: a process that is killed while a person decides leaves a run that others carry on',
  async (kind) => {
    await using world = await startWorld(kind)
    const { emulator, run, counts } = world
    expect(await run('begin')).toMatchObject({ status: 'suspended' })
    expect(await run('resume')).toMatchObject({ status: 'suspended' })
    expect(counts()).toEqual([1, 0])
    const [asked] = emulator.control.approvals()
    expect(world.kept()).not.toContain(asked?.authReqId)
    watch('a database', world.kept())
    emulator.control.approve()
    expect(await run('resume')).toMatchObject({ status: over[kind] })
    expect(counts()).toEqual([1, 1])
    await run('resume')
    expect(counts()).toEqual([1, 1])
  },
)

describe.each(['agent', 'workflow'] as const)('the run of an %s', (kind) => {
  const again = kind === 'workflow' ? 'restart' : 'resume'

  it('is resumed by four processes at once, of which one executes', async () => {
    await using world = await startWorld(kind)
    await world.run('begin')
    world.emulator.control.approve()
    await Promise.all([1, 2, 3, 4].map(() => world.run('resume')))
    expect(world.counts()).toEqual([1, 1])
  })

  it('does not ask again when a process died after the push and before the pause was stored', async () => {
    await using world = await startWorld(kind)
    expect(await world.run('begin', 'asked')).toBeUndefined()
    // Mastra keeps no agent that was killed before its pause: the program asks the agent again.
    const next = await world.run(kind === 'workflow' ? 'restart' : 'begin')
    expect(next).toMatchObject({ status: 'suspended' })
    world.emulator.control.approve()
    expect(await world.run('resume')).toMatchObject({ status: over[kind] })
    expect(world.counts()).toEqual([1, 1])
  })

  const moments: readonly [Moment, number][] = [
    ['sent', 1],
    ...(kind === 'agent' ? ([['claimed', 0]] satisfies [Moment, number][]) : []),
  ]

  it.each(moments)(
    'is not repeated when a process died in the middle of the call: %s',
    async (moment, sent) => {
      await using world = await startWorld(kind)
      await world.run('begin')
      world.emulator.control.approve()
      expect(await world.run('resume', moment)).toBeUndefined()
      expect(JSON.stringify(await world.run(again))).toContain('approval_used')
      expect(world.counts()).toEqual([1, sent])
    },
  )
})
