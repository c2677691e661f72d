import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { licences } from '../src/rules/licences.ts'
import { isRuleName, rules } from '../src/rules.ts'
import { runOrThrow } from '../src/run.ts'
import { breakages } from './breakages.ts'
import { brokenRelease, root } from './broken-release.ts'

const scratch = mkdtempSync(join(tmpdir(), 'authsec-breakages-'))

beforeAll(() => runOrThrow('pnpm', ['exec', 'turbo', 'run', 'build'], { cwd: root }))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

describe.each(Object.entries(breakages))('the rule %s reports', (name, cases) => {
  it.each(cases)('$title', async ({ problems, ...breakage }) => {
    if (!isRuleName(name)) throw new Error(`There is no rule ${name}.`)
    const release = await brokenRelease(breakage, mkdtempSync(join(scratch, `${name}-`)))
    const reported = (await rules[name](release)).join('\n')
    for (const problem of problems) expect(reported).toMatch(problem)
  })
})

it('the rule licences reports a dependency with a licence that is not on the list', async () => {
  const rule = licences(async (_root, shipped) => ({
    MIT: [{ name: 'fine' }],
    'MPL-2.0': [{ name: 'weak' }],
    ...(shipped ? {} : { 'GPL-3.0-only': [{ name: 'strong' }] }),
  }))
  expect(await rule({ root, scratch, packages: [], update: false })).toEqual([
    'weak is shipped with the licence MPL-2.0, which is not on the list.',
    'strong is used with the licence GPL-3.0-only, which is not on the list.',
  ])
})
