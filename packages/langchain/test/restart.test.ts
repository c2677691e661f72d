import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Emulator } from '@authsec/emulator'
import { plantSecret, startProgram, testEmulator, watch } from '@authsec-internal/test-kit'
import { describe, expect, it } from 'vitest'
import { executions, pushes } from './support/approvals.ts'

const PROGRAM = 'packages/langchain/test/fixtures/process.ts'

interface Result {
  readonly paused: boolean
  readonly outcome?: { readonly ok: boolean; readonly code?: string }
}

function machine(emulator: Emulator, kind: string, more: Record<string, string> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'authsec-restart-'))
  const env = {
    BASE_URL: emulator.baseUrl,
    CLIENT_ID: emulator.clientId,
    VAULT_URL: emulator.vaultUrl,
    KEY: randomBytes(32).toString('base64url'),
    ...more,
  }
  plantSecret('the key of the approvals', env.KEY)
  /** Runs one step in a process of its own, which is killed as soon as it has told. */
  async function run(step: 'begin' | 'resume'): Promise<Result> {
    const program = startProgram(PROGRAM, [kind, step, folder], env)
    await program.saw('result ')
    program.child.kill('SIGKILL')
    const { stdout, stderr } = await program.ended
    watch('program output', stdout)
    watch('program log', stderr)
    const line = stdout.split('\n').find((text) => text.startsWith('result ')) ?? ''
    return JSON.parse(line.slice('result '.length))
  }
  const database = () => readFileSync(join(folder, 'checkpoints.db'), 'latin1')
  return { run, database, [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) }
}

describe.each(['agent', 'graph'])('a %s whose state is in SQLite', (kind) => {
  it('is carried on by another process after the first was killed, and executes once', async () => {
    await using emulator = await testEmulator({ pollIntervalSeconds: 1 })
    using one = machine(emulator, kind)
    expect(await one.run('begin')).toMatchObject({ paused: true })
    expect([pushes(emulator), executions(emulator)]).toEqual([1, []])
    await interval()
    expect(await one.run('resume')).toMatchObject({ paused: true })
    plantSecret('an auth_req_id', emulator.control.approvals()[0]?.authReqId ?? '')
    emulator.control.approve()
    await interval()
    expect(await one.run('resume')).toMatchObject({ paused: false, outcome: { ok: true } })
    expect([pushes(emulator), executions(emulator)]).toEqual([1, ['rec-0001']])
    watch('the database', one.database())
  })

  it('executes once when four processes with a store resume it at once', async () => {
    await using emulator = await testEmulator({ pollIntervalSeconds: 1 })
    using one = machine(emulator, kind, { STORE: 'files' })
    await one.run('begin')
    emulator.control.approve()
    await interval()
    await Promise.all([1, 2, 3, 4].map(() => one.run('resume')))
    expect([pushes(emulator), executions(emulator)]).toEqual([1, ['rec-0001']])
  })
})

/** The server tells whoever polls too early to slow down. */
async function interval(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 1_100))
}
