import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { followReadme } from '../src/readmes/follow-readme.ts'
import { installedBy, matches, readReadme } from '../src/readmes/readme.ts'
import { startScopeRegistry } from '../src/readmes/scope-registry.ts'
import type { Manifest, PackedPackage } from '../src/release.ts'
import { runOrThrow } from '../src/run.ts'

const scratch = mkdtempSync(join(tmpdir(), 'readmes-test-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

const block = (language: string, text: string): string => `\`\`\`${language}\n${text}\n\`\`\`\n\n`

/** A package with one function, `one`, that prints nothing. */
async function made(readme: string, more: Partial<Manifest> = {}): Promise<PackedPackage> {
  const target = mkdtempSync(join(scratch, 'packed-'))
  const unpacked = join(target, 'package')
  const manifest = { name: '@authsec/made-up', version: '1.2.3', exports: './index.mjs', ...more }
  mkdirSync(unpacked)
  writeFileSync(join(unpacked, 'package.json'), JSON.stringify(manifest))
  writeFileSync(join(unpacked, 'index.mjs'), 'export const one = () => 1\n')
  writeFileSync(join(unpacked, 'README.md'), readme)
  const tarball = join(target, 'made-up.tgz')
  await runOrThrow('tar', ['-czf', tarball, '-C', target, 'package'], { cwd: target })
  const { name } = manifest
  const fields = { folder: 'made-up', source: unpacked, tarball, unpacked, files: [] }
  return { ...fields, name, manifest: { ...manifest, exports: {} } }
}

async function follow(readme: string, more?: Partial<Manifest>): Promise<string> {
  const packed = await made(readme, more)
  const registry = await startScopeRegistry([packed])
  try {
    const project = mkdtempSync(join(scratch, 'project-'))
    return (await followReadme(packed, project, registry.url)).join('\n')
  } finally {
    await registry.close()
  }
}

const install = block('sh', 'npm install @authsec/made-up   # as it stands')
const code = block('js', "import { one } from '@authsec/made-up'\nconsole.log(one(), process.pid)")
const start = block('sh', 'node first.mjs')

describe('a README that is followed', () => {
  it('has no problem when it installs, runs and prints what it shows', async () => {
    expect(await follow(install + code + start + block('text', '1 …'))).toBe('')
  })

  it.each([
    ['another value', block('text', '2 …')],
    ['a line more', block('text', '1 …\ndone')],
    ['a line less', block('text', '')],
  ])('is wrong when it shows %s than is printed', async (_what, output) => {
    expect(await follow(install + code + start + output)).toMatch(/prints\n1 \d+\nand the README/)
  })

  it('is wrong when its code fails, and says how', async () => {
    const wrong = block('js', "import { two } from '@authsec/made-up'\ntwo()")
    const problems = await follow(install + wrong + start + block('text', '2'))
    expect(problems).toMatch(/"node first.mjs" ended with 1:[\s\S]*SyntaxError/)
  })

  it('is wrong when its command cannot install', async () => {
    const readme = block('sh', 'npm install @authsec/made-upp @authsec/made-up') + code + start
    expect(await follow(readme + block('text', '1 …'))).toMatch(/made-upp.*failed:[\s\S]*E404/)
  })

  it('is wrong when no command is followed by its output', async () => {
    expect(await follow(install + code + start)).toMatch(/No command is followed by/)
  })

  it('is wrong when it leaves out a peer, an import or the package itself', async () => {
    const peers = { peerDependencies: { zod: '^4', 'as-you-like': '1' } }
    const optional = { peerDependenciesMeta: { 'as-you-like': { optional: true } } }
    const problems = await follow(block('ts', "import { Hono } from 'hono/tiny'"), {
      ...peers,
      ...optional,
    })
    expect(problems).toContain('@authsec/made-up is installed by no command.')
    expect(problems).toContain('The peer zod is installed by no command.')
    expect(problems).toContain('hono is imported, and installed by no command.')
    expect(problems).not.toContain('as-you-like')
  })

  it('runs its commands without the variables of this process', async () => {
    process.env['AUTHSEC_MODE'] = 'live'
    try {
      const shown = block('sh', 'echo "mode=$AUTHSEC_MODE"') + block('text', 'mode=')
      expect(await follow(install + shown)).toBe('')
    } finally {
      delete process.env['AUTHSEC_MODE']
    }
  })
})

describe('the reading of a README', () => {
  it('finds the packages of imports of every form, and no other text', () => {
    const forms = [
      "import { a,\n  b } from '@x/y/z'",
      "import type { A } from 'types'",
      "import 'effect'",
      "import fs from 'node:fs'",
      "import x from './x.mjs'",
      'export { c } from "again"\nexport const d = \'not/this\'',
    ]
    const { imports } = readReadme(block('ts', forms.join('\n')))
    expect(imports).toEqual(['@x/y', 'types', 'effect', 'again'])
  })

  it('takes names from commands, without versions, flags and comments', () => {
    const lines = 'npm install --save-dev @a/b@1.2 c@next d # not this\nnpm install e'
    expect(installedBy(readReadme(block('sh', lines)))).toEqual(['@a/b', 'c', 'd', 'e'])
  })

  it('refuses a command that runs a file for which there is no code', () => {
    expect(() => readReadme(start + block('text', '1'))).toThrow(/No block of code before/)
  })
})

describe('a shown output', () => {
  it.each([
    ['a (b) [c]\n', 'a (b) [c]', true],
    ['id: 7f\nend', 'id: …\nend', true],
    ['id: 7f\nend', 'id: …', false],
    ['id: 7f end', 'id: … en', false],
    ['axb', 'a.b', false],
    ['', 'a', false],
  ])('%j is compared with %j', (output, shown, same) => {
    expect(matches(output, shown)).toBe(same)
  })
})
