import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'

export interface WebFile {
  readonly path: string
  /** Without comments, which may name anything. */
  readonly code: string
  /** What it imports from elsewhere. */
  readonly packages: readonly string[]
}

/**
 * The sources that runtimes without Node.js load of a package, from one entry on: `#runtime/…` stands for files that end in
 * `.web.ts`. Imports of types alone are erased, and do not count.
 */
export function webGraph(source: string, entry: string): readonly WebFile[] {
  const files = new Map<string, WebFile>()
  const queue = [resolve(source, entry)]
  for (const path of queue) {
    if (files.has(path)) continue
    const code = readFileSync(path, 'utf8')
      .replaceAll(/\/\*[\s\S]*?\*\//g, '')
      .replaceAll(/^\s*\/\/.*$/gm, '')
    const targets = importsOf(code)
    const own = targets.filter((target) => /^[.#]/.test(target))
    for (const target of own) queue.push(fileOf(target, path, source))
    files.set(path, { path, code, packages: targets.filter((target) => !/^[.#]/.test(target)) })
  }
  return [...files.values()]
}

function importsOf(code: string): string[] {
  const statements = code.matchAll(
    /(?:import|export)\s(?!type\s)(?:[\w*\s{},$]*?from\s)?'([^']+)'|import\('([^']+)'\)/g,
  )
  return [...statements].map(([, from, dynamic]) => from ?? dynamic ?? '')
}

function fileOf(target: string, importer: string, source: string): string {
  const [, name] = /^#runtime\/(.+)$/.exec(target) ?? []
  return name === undefined ? resolve(importer, '..', target) : resolve(source, `${name}.web.ts`)
}
