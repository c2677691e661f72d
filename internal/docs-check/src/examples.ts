import { globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** A block of code in a `@example`. */
export interface Example {
  /** Path of the source file, from the root of the workspace. */
  readonly file: string
  readonly code: string
}

/** Every `@example` of the sources of a package. */
export function examplesOf(root: string, folder: string): Example[] {
  return globSync(`packages/${folder}/src/**/*.ts`, { cwd: root })
    .sort()
    .flatMap((file) =>
      examplesIn(readFileSync(join(root, file), 'utf8')).map((code) => ({ file, code })),
    )
}

export function examplesIn(source: string): string[] {
  return [...source.matchAll(/\/\*\*([\s\S]*?)\*\//g)]
    .map(([, comment = '']) => comment.replace(/^ *\* ?/gm, ''))
    .filter((comment) => comment.includes('@example'))
    .flatMap((comment) =>
      [...comment.matchAll(/^```ts\n([\s\S]*?)^```/gm)].map((match) => match[1] ?? ''),
    )
}

interface Manifest {
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>
}

/** The functions that a package exports and that have no `@example`, as `file: name`. */
export function withoutExample(root: string, folder: string): string[] {
  const home = join(root, 'packages', folder)
  const manifest: Manifest = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8'))
  const entries = Object.values(manifest.exports).flatMap((target) =>
    typeof target === 'string' ? [] : [target['@authsec/source'] ?? []].flat(),
  )
  const exported = entries.flatMap((entry) => exportsOf(join(home, entry)))
  const missing = exported.filter(({ file, name }) => {
    const source = readFileSync(file, 'utf8')
    return isFunction(source, name) && !hasExample(source, name)
  })
  return [...new Set(missing.map(({ file, name }) => `${file.slice(root.length + 1)}: ${name}`))]
}

/** The values in the export lists of an entry point, and what it declares itself. */
function exportsOf(entry: string): { file: string; name: string }[] {
  const source = readFileSync(entry, 'utf8')
  const lists = [...source.matchAll(/^export \{([^}]*)\} from '([^']+)'/gm)].flatMap(
    ([, names = '', from = '']) =>
      names
        .split(',')
        .map((name) => name.trim())
        .filter((name) => name !== '' && !name.startsWith('type '))
        .map((name) => ({ file: fileOf(from, entry), name })),
  )
  const own = [...source.matchAll(/^export (?:async )?function (\w+)/gm)].map(([, name = '']) => ({
    file: entry,
    name,
  }))
  return [...lists, ...own]
}

/** What `imports` of a manifest names `#runtime/…` is a file for Node.js and one for other runtimes: the first is documented. */
function fileOf(from: string, entry: string): string {
  const own = /^#runtime\/(.*)$/.exec(from)?.[1]
  return join(dirname(entry), own === undefined ? from : `${own}.ts`)
}

function isFunction(source: string, name: string): boolean {
  return new RegExp(`^export (async )?function ${name}\\b`, 'm').test(source)
}

function hasExample(source: string, name: string): boolean {
  const [before = ''] = source.split(new RegExp(`^export (?:async )?function ${name}\\b`, 'm'))
  return /\/\*\*(?:(?!\*\/)[\s\S])*@example(?:(?!\*\/)[\s\S])*\*\/\s*$/.test(before)
}
