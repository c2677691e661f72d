import { cpSync, existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './command-line.ts'
import { npmProject, withOurs } from './npm-project.ts'
import type { PeerCase } from './peer-cases.ts'
import type { PackedPackage } from './release.ts'

const compilerOptions = {
  noEmit: true,
  strict: true,
  skipLibCheck: true,
  target: 'es2024',
  lib: ['es2024', 'esnext.disposable'],
  module: 'nodenext',
  types: ['node'],
  allowImportingTsExtensions: true,
  paths: { '@authsec-internal/test-kit': ['./internal/test-kit/src/index.ts'] },
}

const CONTRACT = ['internal/tool-contract', 'internal/test-kit', 'packages/emulator/src/testing']

/** What the contract imports besides: libraries of schemas, in the versions of the workspace. */
const LIBRARIES = ['arktype', 'valibot', '@valibot/to-json-schema']

const VITEST_CONFIG = `export default {
  resolve: { alias: { '@authsec-internal/test-kit': import.meta.dirname + '/internal/test-kit/src/index.ts' } },
  test: {
    include: ['internal/tool-contract/{test,peers}/*.test.ts'],
    setupFiles: ['./internal/test-kit/src/setup.ts'],
    testTimeout: 30_000,
  },
}
`

/**
 * Installs our package, those of ours that it needs, the emulator and the peers, and copies the tool
 * contract beside them. Returns the test to run: the one for peers, if there is one.
 */
export async function createPeerProject(
  { framework, peers }: PeerCase,
  packages: readonly PackedPackage[],
  project: string,
): Promise<string> {
  const wanted = packages.filter(({ folder }) => folder === framework || folder === 'emulator')
  const ours = new Set(wanted.flatMap((packed) => withOurs(packed, packages)))
  const tarballs = [...ours].map(({ tarball }) => `file:${tarball}`)
  const libraries = LIBRARIES.map((name) => `${name}@${installedVersion(name)}`)
  await npmProject(project, [...tarballs, ...peers, ...libraries, '@types/node@22'])
  // Where they stand in the workspace, because the test kit searches for secrets by the emulator's sources.
  for (const folder of CONTRACT) {
    const filter = (path: string): boolean => !/node_modules|tsconfig/.test(path)
    cpSync(join(root, folder), join(project, folder), { recursive: true, filter })
  }
  symlinkSync(join(root, 'node_modules/vitest'), join(project, 'node_modules/vitest'), 'junction')
  const own = `internal/tool-contract/peers/${framework}.test.ts`
  const test = existsSync(join(project, own))
    ? own
    : `internal/tool-contract/test/${framework}.test.ts`
  const types = `internal/tool-contract/peers/${framework}-types.ts`
  const files = existsSync(join(project, types)) ? [test, types] : [test]
  writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, files }))
  writeFileSync(join(project, 'vitest.config.js'), VITEST_CONFIG)
  return test
}

function installedVersion(name: string): string {
  const manifest = join(root, 'internal/tool-contract/node_modules', name, 'package.json')
  const { version }: { version: string } = JSON.parse(readFileSync(manifest, 'utf8'))
  return version
}
