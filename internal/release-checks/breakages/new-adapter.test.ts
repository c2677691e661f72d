import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createAdapter } from '../../../scripts/adapter-template.ts'
import { root } from '../src/command-line.ts'
import { type RunResult, run } from '../src/run.ts'
import { copyWorkspace } from '../src/workspace-copy.ts'

const NAME = 'acme-agents'
const scratch = mkdtempSync(join(tmpdir(), 'authsec-new-adapter-'))
const copy = join(scratch, 'workspace')

beforeAll(() => {
  copyWorkspace(root, copy)
  createAdapter(copy, NAME)
  // Stands for `pnpm install`, which would change the dependencies of the workspace itself.
  link(`packages/${NAME}`, 'packages/ai-sdk')
  link(`apps/${NAME}-agent`, 'apps/mastra-agent')
  for (const folder of [`apps/${NAME}-agent`, 'internal/tool-contract']) {
    symlinkSync(join(copy, 'packages', NAME), join(copy, folder, 'node_modules/@authsec', NAME))
  }
})
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

/** Gives a new folder the installed dependencies of one that has the same ones. */
function link(folder: string, like: string): void {
  const from = join(copy, like, 'node_modules')
  mkdirSync(join(copy, folder, 'node_modules'), { recursive: true })
  for (const name of readdirSync(from)) {
    const options = { recursive: true, verbatimSymlinks: true }
    cpSync(join(from, name), join(copy, folder, 'node_modules', name), options)
  }
}

const node = (file: string, ...args: string[]): Promise<RunResult> =>
  run(process.execPath, [join(root, 'node_modules', file), ...args], { cwd: copy })

it.each([`packages/${NAME}`, `apps/${NAME}-agent`, 'internal/tool-contract'])(
  'a new adapter compiles in %s',
  async (folder) => {
    const { stdout } = await node('@typescript/native/bin/tsc', '--project', folder)
    expect(stdout).toBe('')
  },
)

it('a new adapter has nothing to format, to lint or to remove', async () => {
  const lint = await node('@biomejs/biome/bin/biome', 'check', '--error-on-warnings', '.')
  expect(lint.code, lint.stdout + lint.stderr).toBe(0)
  const unused = await node('knip/bin/knip.js')
  expect(unused.stdout).not.toContain(NAME)
})

it('a new adapter passes its tests, the tool contract and the demo', async () => {
  const runs = [
    [`packages/${NAME}`],
    ['--config', 'internal/tool-contract/vitest.config.ts', `test/${NAME}`],
    ['--config', 'apps/vitest.config.ts', `apps/${NAME}-agent`],
  ]
  for (const args of runs) {
    const { code, stdout, stderr } = await node('vitest/vitest.mjs', 'run', ...args)
    expect(code, stdout + stderr).toBe(0)
    expect(stdout).toMatch(/Test Files .*1 passed/)
  }
})
