import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { testClient, testEmulator, watch } from '@authsec-internal/test-kit'
import { describe, expect, it } from 'vitest'
import { answer } from '../src/answer.ts'
import { indexRecords, readRecords } from '../src/build-index.ts'
import { chooseModels } from '../src/models.ts'
import { createProgressBar } from '../src/progress-bar.ts'

const root = fileURLToPath(new URL('../../../', import.meta.url))

interface Run {
  code: number | null
  stdout: string
  stderr: string
}

function start(
  script: string,
  args: readonly string[],
  env: Record<string, string>,
): { child: ChildProcessWithoutNullStreams; ended: Promise<Run>; output: Run } {
  const flags = ['--conditions=@authsec/source', '--disable-warning=ExperimentalWarning']
  const child = spawn(process.execPath, [...flags, `${root}${script}`, ...args], {
    cwd: root,
    env: { PATH: process.env['PATH'], ...env },
  })
  const output: Run = { code: null, stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (chunk: string) => {
      output[name] += chunk
    })
  }
  const ended = new Promise<Run>((resolve) => {
    child.on('close', (code) => resolve({ ...output, code }))
  })
  return { child, ended, output }
}

/** Starts the demo as a person does, and checks that its output holds no secret and no stack trace. */
async function demo(env: Record<string, string>, args: readonly string[] = []): Promise<Run> {
  const { child, ended } = start('scripts/demo.ts', ['llamaindex-rag', ...args], env)
  child.stdin.end()
  const run = await ended
  watch('demo output', run.stdout)
  watch('demo log', run.stderr)
  expect(`${run.stdout}${run.stderr}`).not.toMatch(/\n\s+at .+[:(]/)
  return run
}

/** Each of the three questions is answered from the right record. */
function expectAnswers(stdout: string, ingestion: string): void {
  const [payroll = '', contractor = '', documents = ''] = stdout
    .split('Why could')
    .slice(1, 2)
    .join('')
    .split(/How soon|Who copied/)
  expect(payroll).toMatch(/certificate .* had expired[\s\S]*Source +records#rec-0013/)
  expect(contractor).toMatch(/within 24 hours[\s\S]*Source +records#rec-0041/)
  expect(documents).toMatch(/An engineer in notice copied[\s\S]*Source +records#rec-0006/)
  expect(documents).toMatch(/Security +clearance restricted, seen with records:restricted/)
  for (const part of [payroll, contractor, documents]) {
    expect(part).toMatch(/Kind +extract: quoted/)
    expect(part).toMatch(new RegExp(`Ingestion +${ingestion}, \\d{4}-`))
  }
}

function expectDifference(stdout: string): void {
  const second = stdout.split('The same questions, asked by an agent with records:read\n')[1] ?? ''
  expect(second.match(/Same +records#rec-00(13|41)/g)).toHaveLength(2)
  expect(second).toMatch(/Difference +records#rec-0027 .*before: records#rec-0006/)
  expect(second).not.toMatch(/engineer in notice/)
}

describe.concurrent('the demo', { timeout: 60_000 }, () => {
  it('answers three questions in mock mode, the third differently with fewer permissions', async () => {
    const { code, stdout, stderr } = await demo({})
    expect(stderr).toMatch(/\[Mode\] MOCK/)
    expect(stdout).toMatch(/Records +64 \(22 confidential, 33 internal, 9 restricted\)/)
    expectAnswers(stdout, 'mock')
    expectDifference(stdout)
    expect(code).toBe(0)
  })

  it('answers the same questions in live mode, from the emulator as a process', async () => {
    const server = start(
      'packages/emulator/src/bin.ts',
      ['--port', '0', '--permissions', 'records:read,records:restricted'],
      {},
    )
    await expect.poll(() => server.output.stdout, { timeout: 20_000 }).toMatch(/CLIENT_ID=.*\n/)
    const lines = server.output.stdout.trim().split('\n')
    const pasted = Object.fromEntries(lines.map((line) => line.replace('export ', '').split('=')))
    const { code, stdout, stderr } = await demo(pasted)
    server.child.kill('SIGTERM')
    expect(stderr).toMatch(/\[Mode\] LIVE/)
    expectAnswers(stdout, 'authsec:live')
    expectDifference(stdout)
    expect(code).toBe(0)
  })

  it('is listed among the demos, and prints its help', async () => {
    const list = start('scripts/demo.ts', ['--list'], {})
    expect((await list.ended).stdout).toMatch(/^ +llamaindex-rag +Answers/m)
    const { code, stdout } = await demo({}, ['--help'])
    expect(stdout).toMatch(/--question TEXT/)
    expect(code).toBe(0)
    const unknown = start('scripts/demo.ts', ['nothing'], {})
    expect(await unknown.ended).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/no demo called/),
    })
  })

  it('ends with one error without permission, without delegation and with an unknown option', async () => {
    await using emulator = await testEmulator({ permissions: ['metrics:read'] })
    const env = { AUTHSEC_BASE_URL: emulator.baseUrl, AUTHSEC_AGENT_CLIENT_ID: emulator.clientId }
    const denied = await demo(env)
    expect(denied.stdout).toMatch(
      /✗ Page 1 of records could not be read: .*permission records:read/,
    )
    emulator.control.revoke()
    const revoked = await demo(env)
    expect(revoked.stdout).toMatch(/✗ There is no active delegation/)
    const wrong = await demo({}, ['--nope'])
    expect(wrong.stdout).toMatch(/✗ .*Try --help/)
    for (const { code, stdout } of [denied, revoked, wrong]) {
      expect(stdout.match(/✗/g)).toHaveLength(1)
      expect(code).toBe(1)
    }
  })
})

describe('the local embedding', () => {
  it('finds no record for an unrelated question, and none that the asker may not see', async () => {
    await using emulator = await testEmulator()
    const client = testClient(emulator)
    const models = await chooseModels(undefined, '')
    const records = await readRecords(client, () => undefined)
    const index = await indexRecords(records.slice(0, 8), () => undefined)
    const spraying = 'Which gateway saw password spraying?'
    expect((await answer(index, client, spraying, models))?.source.id).toBe('records#rec-0001')
    expect(await answer(index, client, 'How do I bake a sourdough bread?', models)).toBeUndefined()
    expect(await answer(index, ['metrics:read'], spraying, models)).toBeUndefined()
  })
})

describe('the progress bar', () => {
  const draw = (isTTY: boolean): string => {
    let written = ''
    const write = (text: string | Uint8Array): boolean => {
      written += String(text)
      return true
    }
    const bar = createProgressBar({ isTTY, write })
    bar.show('read', 16, undefined)
    bar.show('embedded', 32, 64)
    bar.clear()
    return written
  }

  it('draws only on a terminal', () => {
    expect(draw(true)).toMatch(/ {2}16 read[\s\S]*\[#{12}\.{12}\] 32 of 64 embedded/)
    expect(draw(false)).toBe('')
  })
})
