import { execFile } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { watch } from '@authsec-internal/test-kit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const here = join(import.meta.dirname, '..')
const root = join(here, '../..')
const guide = readFileSync(join(root, 'docs/guides/testing.md'), 'utf8')
// Inside node_modules, so that nothing else looks at it, and dependencies are found.
const home = join(here, 'node_modules/.testing-guide')
const run = promisify(execFile)

/** The files of the guide: each block of TypeScript begins with its name. */
const files = [...guide.matchAll(/```ts\n(?:\/\/ ([\w.-]+\.ts)\n)?([\s\S]*?)```/g)].map(
  ([, name, code = '']) => ({ name, code }),
)
const tests = files.filter(({ name }) => name?.endsWith('.test.ts'))

const CONFIG = `
import { defaultServerConditions } from 'vite'
import { defineConfig } from 'vitest/config'

const conditions = defaultServerConditions.filter((condition) => condition !== 'module')
export default defineConfig({
  root: import.meta.dirname,
  ssr: { resolve: { conditions: ['@authsec/source', ...conditions] } },
  server: { fs: { strict: false } },
  test: { include: ['*.test.ts'], exclude: [], testTimeout: 30_000 },
})
`

beforeAll(() => {
  mkdirSync(home, { recursive: true })
  for (const { name = 'nameless.ts', code } of files) writeFileSync(join(home, name), code)
  writeFileSync(join(home, 'vitest.config.ts'), CONFIG)
})
afterAll(() => rmSync(home, { recursive: true, force: true }))

describe('the guide to testing', () => {
  it('names every file, and has one for each framework', () => {
    expect(files.filter(({ name }) => name === undefined)).toEqual([])
    expect(tests.map(({ name }) => name)).toEqual([
      ...['refunds.test.ts', 'failures.test.ts', 'langchain.test.ts', 'ai-sdk.test.ts'],
      ...['mastra.test.ts', 'openai-agents.test.ts', 'llamaindex.test.ts', 'mcp.test.ts'],
    ])
  })

  it('has tests that pass as they stand', async () => {
    const vitest = join(root, 'node_modules/vitest/vitest.mjs')
    const env = { PATH: process.env['PATH'], NO_COLOR: '1', NODE_ENV: 'test' }
    const { stdout, stderr } = await run(process.execPath, [vitest, 'run'], {
      cwd: home,
      env,
    }).catch((error: unknown) => ({
      stdout: String(Reflect.get(Object(error), 'stdout')),
      stderr: String(Reflect.get(Object(error), 'stderr')),
    }))
    watch('output of the guide', stdout + stderr)
    expect(stdout + stderr).toMatch(new RegExp(`Test Files +${tests.length} passed`))
  }, 120_000)

  it('has a program that runs without a test runner', async () => {
    const flags = ['--conditions=@authsec/source', '--no-warnings', 'node-runner.ts']
    // Node strips no types below node_modules.
    const code = readFileSync(join(home, 'node-runner.ts'), 'utf8')
    const args = [...flags.slice(0, 2), '--input-type=module-typescript', '-e', code]
    const { stdout, stderr } = await run(process.execPath, args, { cwd: here })
    expect(stdout + stderr).toBe('')
  })
})
