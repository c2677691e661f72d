import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { watch } from '@authsec-internal/test-kit'
import { describe, expect, it } from 'vitest'

const here = join(import.meta.dirname, '..')
const root = join(here, '../..')
const read = (path: string): string => readFileSync(join(root, path), 'utf8')

const codeBlocks = (markdown: string): string[] =>
  [...markdown.matchAll(/```ts\n([\s\S]*?)```/g)].map((match) => match[1] ?? '')

/** Runs TypeScript as somebody would who installed the packages beside this file. */
async function run(code: string): Promise<string> {
  const flags = ['--conditions=@authsec/source', '--no-warnings', '--input-type=module-typescript']
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [...flags, '-e', code], {
    cwd: here,
    env: { PATH: process.env['PATH'] },
  })
  watch('README output', stdout + stderr)
  return stdout + stderr
}

describe('the README', () => {
  const [first = ''] = codeBlocks(read('README.md'))

  it('shows ten lines that work as they stand', async () => {
    expect(first.trim().split('\n').length).toBeLessThanOrEqual(10)
    const output = await run(first)
    expect(output).toMatch(/\[Mode\] MOCK/)
    expect(output).toMatch(/authsec_secure_fetch \{"ok":true,"status":200,"data":\{"period"/)
  })

  it('links to files that exist, and names every package', () => {
    const links = [...read('README.md').matchAll(/\]\((?!https?:)([^)#]+)\)/g)].map(
      (m) => m[1] ?? '',
    )
    expect(links.length).toBeGreaterThan(5)
    for (const link of links) {
      expect(() => readdirOrFile(join(root, link)), `${link} is missing`).not.toThrow()
    }
    for (const folder of readdirSync(join(root, 'packages'))) {
      expect(read('README.md')).toContain(`packages/${folder}`)
    }
  })
})

function readdirOrFile(path: string): void {
  try {
    readdirSync(path)
  } catch {
    readFileSync(path)
  }
}
