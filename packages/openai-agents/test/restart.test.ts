import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { checkedRun, startProgram, testEmulator, watch } from '@authsec-internal/test-kit'
import { expect, it } from 'vitest'

const program = 'packages/openai-agents/test/fixtures/restart-program.ts'

it.each([
  [
    'the first of which executes it, with a store of files',
    'file',
    ['executed', 'approval_used', 'approval_used'],
  ],
  ['none of which executes it, without a store', 'none', Array(3).fill('approval_expired')],
  [
    'none of which executes it, with a store in memory',
    'memory',
    Array(3).fill('approval_expired'),
  ],
])(
  'a call that was approved outlives its process in a state that three others carry on, %s',
  async (_what, store, ends) => {
    await using emulator = await testEmulator()
    const directory = await mkdtemp(join(tmpdir(), 'authsec-restart-'))
    const { baseUrl, vaultUrl, clientId } = emulator
    const env = {
      ...{ STORE: store, DIRECTORY: directory },
      ...{ BASE_URL: baseUrl, VAULT_URL: vaultUrl, CLIENT_ID: clientId },
    }
    const first = startProgram(program, [], { ...env, ROLE: 'begin' })
    await first.saw('asked')
    emulator.control.approve()
    first.child.stdin.write('go')
    checkedRun(await first.ended)
    watch('the state', await readFile(join(directory, 'state.json'), 'utf8'))

    const read: string[] = []
    for (let n = 0; n < ends.length; n++) {
      const run = checkedRun(await startProgram(program, [], { ...env, ROLE: 'resume' }).ended)
      read.push(run.stdout.trim())
    }
    expect(read).toEqual(ends)
    const executed = emulator.requests.filter(({ path }) => path.startsWith('/secure-vault'))
    expect(executed).toHaveLength(store === 'file' ? 1 : 0)
    expect(emulator.control.approvals()).toHaveLength(1)
    await rm(directory, { recursive: true })
  },
  120_000,
)
