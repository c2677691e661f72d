import { readFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { dirname, join } from 'node:path'
import type { PackedPackage, Rule } from '../release.ts'

/** Patterns that no published file may contain, and the problem with each. */
const FORBIDDEN: readonly (readonly [pattern: RegExp, problem: string])[] = [
  [/\b(workspace|catalog):/, 'has a reference that only this workspace can resolve'],
  [/registry\.npmjs\.org|\bnpm\.pkg\.github|localhost:4873/, 'names the host of a registry'],
  [
    /(?<![\w.])\/(root|home|Users|tmp|work|private|github\/workspace)\/\w/,
    'has a path of a machine',
  ],
  [/\beyJ[\w-]{20,}\.[\w-]{20,}\./, 'has what looks like a token'],
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----\s*[A-Za-z0-9+/]{20}/, 'has a private key'],
  [/\bnpm_[A-Za-z0-9]{36}\b|\bgh[ps]_[A-Za-z0-9]{36}\b/, 'has a credential'],
]

/** Published files contain no machine paths, workspace references or secrets; source maps stay in the package. */
export const contents: Rule = async ({ packages }) =>
  packages.flatMap((packed) =>
    packed.files.flatMap((file) => {
      const text = readFileSync(join(packed.unpacked, file), 'utf8')
      const problems = [
        ...forbiddenIn(text, file),
        ...mapProblems(packed, file, text),
        ...bareModules(text, file),
      ]
      return problems.map((problem) => `${packed.name}: ${file} ${problem}.`)
    }),
  )

function forbiddenIn(text: string, file: string): string[] {
  // A workspace protocol only means something in the manifest; elsewhere it is a word.
  const patterns = file === 'package.json' ? FORBIDDEN : FORBIDDEN.slice(1)
  return patterns.filter(([pattern]) => pattern.test(text)).map(([, problem]) => problem)
}

/** Bundlers for other runtimes take a bare `crypto` for a package of that name. */
function bareModules(text: string, file: string): string[] {
  if (!file.endsWith('.js')) return []
  const imported = [...text.matchAll(/(?:from|import|import\() ?["']([\w/]+)["']/g)]
  const bare = imported.map(([, name = '']) => name).filter((name) => builtinModules.includes(name))
  return bare.map((name) => `imports ${name} and not node:${name}`)
}

interface SourceMap {
  readonly sources: readonly string[]
  readonly sourceRoot?: string
  readonly sourcesContent?: readonly unknown[]
}

/** Sources are shipped, so a map points at them and repeats none. */
function mapProblems({ files }: PackedPackage, file: string, text: string): string[] {
  if (!file.endsWith('.map')) return []
  const { sources, sourceRoot, sourcesContent = [] }: SourceMap = JSON.parse(text)
  const outside = sources.filter((path) => !files.includes(join(dirname(file), path)))
  return [
    ...outside.map((path) => `maps to ${path}, which is not in the package`),
    ...(sourceRoot ? ['has a sourceRoot'] : []),
    ...(sourcesContent.some((content) => content !== null) ? ['repeats the sources'] : []),
  ]
}
