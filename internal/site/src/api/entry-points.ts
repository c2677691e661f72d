import { globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** What users import, and the source file behind it. */
export interface EntryPoint {
  /** `@authsec/core/tool` */
  readonly specifier: string
  /** Absolute. */
  readonly file: string
  /** Its page on the site: `api/core/tool.md`. */
  readonly path: string
}

/** Every entry point of every package, as its `exports` say. */
export function entryPoints(root: string): EntryPoint[] {
  return globSync('packages/*/package.json', { cwd: root })
    .sort()
    .flatMap((path) => {
      const manifest: { name: string; exports: Readonly<Record<string, unknown>> } = JSON.parse(
        readFileSync(join(root, path), 'utf8'),
      )
      return Object.entries(manifest.exports).flatMap(([subpath, target]) => {
        const source: unknown = Reflect.get(Object(target), '@authsec/source')
        if (typeof source !== 'string') return []
        const specifier = manifest.name + subpath.slice(1)
        const file = join(root, dirname(path), source)
        return [{ specifier, file, path: `api/${specifier.replace('@authsec/', '')}.md` }]
      })
    })
}
