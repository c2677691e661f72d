import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  checkedRun,
  plantSecret,
  startProgram,
  testEmulator,
  watch,
} from '@authsec-internal/test-kit'
import { describe, expect, it } from 'vitest'

const program = 'packages/ai-sdk/test/fixtures/restart-program.ts'

describe.each(['6', '7'])('a server with AI SDK %s', (major) => {
  it.each([
    ['the messages of the browser', 'messages'],
    ['a cookie', 'cookie'],
  ])(
    'is killed after the push, and of two others that go on from %s one executes',
    async (_what, keep) => {
      await using emulator = await testEmulator()
      const directory = await mkdtemp(join(tmpdir(), 'authsec-restart-'))
      const { baseUrl, vaultUrl, clientId } = emulator
      const env = {
        ...{ MAJOR: major, KEEP: keep, DIRECTORY: directory },
        ...{ BASE_URL: baseUrl, VAULT_URL: vaultUrl, CLIENT_ID: clientId },
      }
      const executed = () =>
        emulator.requests.filter(({ path }) => path.startsWith('/secure-vault'))

      const first = startProgram(program, [], { ...env, ROLE: 'ask' })
      await first.saw('approval-requested')
      first.child.kill('SIGKILL')
      checkedRun(await first.ended)
      const [question] = emulator.control.approvals()
      plantSecret('an auth_req_id', question?.authReqId ?? '')
      for (const file of ['messages.json', 'cookie.txt']) {
        const text = await readFile(join(directory, file), 'utf8')
        watch(file, text)
        expect(text.includes('..')).toBe((keep === 'cookie') === (file === 'cookie.txt'))
      }
      emulator.control.approve()

      const others = [1, 2].map(() => startProgram(program, [], { ...env, ROLE: 'resume' }))
      await Promise.all(others.map(({ saw }) => saw('ready')))
      for (const { child } of others) child.stdin.write('go')
      const runs = await Promise.all(others.map(async ({ ended }) => checkedRun(await ended)))
      const results = runs.map(({ stdout }) => stdout.replace('ready', '').trim()).sort()

      expect(results).toEqual([
        expect.stringMatching(/^approval_(used|expired|outcome)/),
        'executed',
      ])
      expect([emulator.control.approvals().length, executed().length]).toEqual([1, 1])
      await rm(directory, { recursive: true })
    },
    60_000,
  )
})
