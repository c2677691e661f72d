import { isDeepStrictEqual } from 'node:util'
import { readManifest } from '../pack.ts'
import type { Manifest, Rule } from '../release.ts'

const REPOSITORY = 'https://github.com/authsec-ai/authsec-agents-js'
const ENTRY_CONDITIONS = ['@authsec/source', 'types', 'default']
/** Of a package that has a build for runtimes without Node.js: types before every file, the most particular first. */
const WEB_CONDITIONS = ['workerd', 'edge-light', 'worker', 'browser']

/** The fields that are equal in every package.json. */
function expected(folder: string): Readonly<Record<string, unknown>> {
  return {
    name: `@authsec/${folder}`,
    license: 'Apache-2.0',
    type: 'module',
    sideEffects: false,
    engines: { node: '>=22.13' },
    files: ['dist', 'src', 'CHANGELOG.md'],
    publishConfig: { access: 'public' },
    homepage: `${REPOSITORY}/tree/main/packages/${folder}#readme`,
    bugs: `${REPOSITORY}/issues`,
    repository: { type: 'git', url: `git+${REPOSITORY}.git`, directory: `packages/${folder}` },
  }
}

/** The fields that every package.json has in common are equal in all of them. */
export const manifests: Rule = async ({ packages }) =>
  packages.flatMap(({ folder, source }) => {
    const manifest = readManifest(source)
    return [
      ...differences(manifest, expected(folder)),
      ...wordProblems(manifest),
      ...scriptProblems(manifest),
      ...entryProblems(manifest),
    ].map((problem) => `packages/${folder}/package.json: ${problem}`)
  })

function differences(manifest: Manifest, wanted: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(wanted)
    .filter(([field, value]) => !isDeepStrictEqual(manifest[field], value))
    .map(([field, value]) => `${field} should be ${JSON.stringify(value)}.`)
}

function wordProblems({ description, keywords }: Manifest): string[] {
  const isSentence = typeof description === 'string' && /^.{20,120}$/.test(description)
  const isFound = Array.isArray(keywords) && keywords.includes('authsec')
  return [
    ...(isSentence ? [] : ['description should have 20 to 120 characters.']),
    ...(isFound ? [] : ['keywords should contain "authsec".']),
  ]
}

function scriptProblems({ scripts }: Manifest): string[] {
  const same = scripts?.['build'] === 'tsup' && scripts['typecheck'] === 'tsc'
  return same ? [] : ['scripts should build with "tsup" and typecheck with "tsc".']
}

/** Source first (for this workspace), then types, then code; the manifest itself is an entry point, too. */
function entryProblems({ exports = {} }: Manifest): string[] {
  const { './package.json': self, ...entries } = exports
  const wrong = Object.entries(entries)
    .filter(([, target]) => !hasConditions(Object.keys(target)))
    .map(([entry]) => `exports["${entry}"] should have ${ENTRY_CONDITIONS.join(', ')}, in order.`)
  return self === './package.json' ? wrong : [...wrong, 'exports should have "./package.json".']
}

/** In their order. */
function hasConditions(given: readonly string[]): boolean {
  const isWeb = given.includes('workerd')
  const wanted = isWeb ? ENTRY_CONDITIONS.toSpliced(2, 0, ...WEB_CONDITIONS) : ENTRY_CONDITIONS
  return isDeepStrictEqual(given, wanted)
}
