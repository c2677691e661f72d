import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { testEmulator } from '@authsec-internal/test-kit'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { checkPackages } from '../src/doctor/checks/packages.ts'
import type { Inputs } from '../src/doctor/inputs.ts'
import { Findings } from '../src/doctor/report.ts'
import { doctor, envOf } from './support/run.ts'

let project = ''
beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), 'authsec-packages-'))
})
afterEach(() => rmSync(project, { recursive: true }))

/** Puts a package into `node_modules`; `inside` is the package that brings its own copy. */
function install(name: string, version: string, more: object = {}, inside = ''): void {
  const folder = join(project, inside && `node_modules/${inside}`, 'node_modules', name)
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name, version, ...more }))
}

const adapter = {
  dependencies: { '@authsec/core': '^1.0.0' },
  peerDependencies: { ai: '^5.0.7 || ^6.0.0 || ^7.0.0', zod: '^4.2.0' },
  peerDependenciesMeta: { ai: { optional: true } },
}

async function found(): Promise<readonly string[]> {
  return (await doctor([], { cwd: project, env: { AUTHSEC_MODE: 'auto' } })).codes
}

describe('The doctor, about what is installed', () => {
  test('is silent about a project without packages, and about one whose versions fit', async () => {
    expect(await found()).toEqual([])
    install('@authsec/core', '1.0.0')
    install('@authsec/emulator', '1.0.0')
    install('@authsec/ai-sdk', '1.0.0', adapter)
    install('ai', '7.0.173')
    install('zod', '4.6.7')
    expect(await found()).toEqual([])
    const deeper = join(project, 'src/deep')
    mkdirSync(deeper, { recursive: true })
    const { facts } = await doctor([], { cwd: deeper, env: { AUTHSEC_MODE: 'auto' } })
    expect(facts['packages']).toMatchObject({ '@authsec/ai-sdk': '1.0.0' })
  })

  test.each([
    ['ai', '4.3.0', 'framework_untested'],
    ['ai', '8.0.0', 'framework_untested'],
    ['ai', '5.0.6', 'framework_untested'],
    ['zod', '3.25.0', 'framework_untested'],
    ['zod', undefined, 'framework_missing'],
  ])('finds %s %s', async (name, version, code) => {
    const versions: Record<string, string | undefined> = {
      ai: '7.0.0',
      zod: '4.6.7',
      [name]: version,
    }
    install('@authsec/core', '1.0.0')
    install('@authsec/emulator', '1.0.0')
    install('@authsec/ai-sdk', '1.0.0', adapter)
    for (const [one, its] of Object.entries(versions)) if (its) install(one, its)
    expect(await found()).toEqual([code])
  })

  test('finds a second copy of core, and a second copy of a framework', async () => {
    install('@authsec/core', '1.0.0')
    install('@authsec/emulator', '1.0.0')
    install('@authsec/ai-sdk', '1.0.0', adapter)
    install('ai', '7.0.173')
    install('zod', '4.6.7')
    install('@authsec/core', '0.9.0', {}, '@authsec/ai-sdk')
    expect(await found()).toEqual(['core_copies'])
    rmSync(dirname(join(project, 'node_modules/@authsec/ai-sdk/node_modules/x')), {
      recursive: true,
    })
    install('ai', '6.0.0', {}, '@authsec/ai-sdk')
    expect(await found()).toEqual(['framework_copies'])
    install('zod', '4.5.0', {}, '@authsec/ai-sdk')
    expect(await found()).toEqual(['framework_copies', 'framework_copies'])
  })

  test('finds that mock mode has no emulator', async () => {
    install('@authsec/core', '1.0.0')
    expect(await found()).toEqual(['emulator_missing'])
  })

  test('is not stopped by a manifest that is no JSON', async () => {
    install('@authsec/core', '1.0.0')
    install('@authsec/emulator', '1.0.0')
    writeFileSync(join(project, 'node_modules/@authsec/core/package.json'), '{')
    expect(await found()).toEqual([])
  })

  test.each([
    ['20.19.0', ['node_too_old']],
    ['22.12.0', ['node_too_old']],
    ['22.13.0', []],
    ['24.11.0', []],
    ['27.0.0-nightly20261101', []],
  ])('judges Node.js %s', (nodeVersion, codes) => {
    const findings = new Findings()
    const inputs = { cwd: project, nodeVersion } as Inputs
    checkPackages(inputs, findings)
    expect(findings.report().findings.map(({ code }) => code)).toEqual(codes)
  })
})

describe('The doctor, about the operations of a file', () => {
  test('compares their permissions with those of the token, and finds files that it cannot use', async () => {
    await using emulator = await testEmulator({ permissions: ['billing:read'] })
    const env = envOf(emulator)
    const compare = async (name: string, text: string) => {
      writeFileSync(join(project, name), text)
      return (await doctor(['--operations', name], { env, cwd: project })).codes
    }
    const operations = [{ name: 'a', permission: 'billing:read' }, { name: 'b' }]
    expect(await compare('good.json', JSON.stringify({ operations }))).toEqual([])
    const more = [...operations, { name: 'c', permission: ['billing:read', 'billing:refund'] }]
    expect(await compare('more.json', JSON.stringify({ operations: more }))).toEqual([
      'permission_missing',
    ])
    const resources = [{ baseUrl: 'https://x.example.com', permission: 'biling:read' }]
    expect(await compare('resources.json', JSON.stringify({ resources }))).toEqual([
      'permission_misspelt',
    ])
    expect(
      await compare('tools.mjs', 'export default { operations: [{ permission: "other:read" }] }'),
    ).toEqual(['permission_missing'])
    expect(await compare('broken.json', '{')).toEqual(['operations_unreadable'])
    expect(await compare('empty.json', '{}')).toEqual(['operations_unreadable'])
    expect(await compare('throws.mjs', 'throw new Error("x")')).toEqual(['operations_unreadable'])
    const missing = await doctor(['--operations', 'no.json'], { env, cwd: project })
    expect(missing.codes).toEqual(['operations_unreadable'])
  })
})
