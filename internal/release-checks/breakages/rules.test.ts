import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { licences } from '../src/rules/licences.ts'
import { ruleNames, rules } from '../src/rules.ts'
import { breakages } from './breakages.ts'
import { brokenRelease } from './broken-release.ts'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const scratch = mkdtempSync(join(tmpdir(), 'authsec-breakages-'))

beforeAll(() => {
  execFileSync('pnpm', ['exec', 'turbo', 'run', 'build'], { cwd: root })
})
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

for (const name of ruleNames) {
  if (name === 'licences') continue
  describe(`the rule ${name} is broken by`, () => {
    it.each(breakages[name])('$title', async ({ says, ...breakage }) => {
      const release = await brokenRelease(breakage, mkdtempSync(join(scratch, `${name}-`)))
      const problems = await rules[name](release)
      expect(problems.join('\n')).toMatch(says)
    })
  })
}

describe('the rule licences is broken by', () => {
  it('a dependency that asks for more than to be named', async () => {
    const rule = licences(async (_root, shipped) => ({
      MIT: [{ name: 'fine' }],
      'MPL-2.0': [{ name: 'weak' }],
      ...(shipped ? {} : { 'GPL-3.0-only': [{ name: 'strong' }] }),
    }))
    const problems = await rule({ root, scratch, packages: [], update: false })
    expect(problems).toEqual([
      'weak is shipped with the licence MPL-2.0, which is not on the list.',
      'strong is used with the licence GPL-3.0-only, which is not on the list.',
    ])
  })
})
