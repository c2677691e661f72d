import { globSync, readFileSync } from 'node:fs'
import { posix } from 'node:path'
import { expect, it } from 'vitest'

const root = `${import.meta.dirname}/../../..`

/** The files that a file imports from beside it, types too: whoever reads one has to read the other. */
function importsOf(file: string): string[] {
  const code = readFileSync(`${root}/${file}`, 'utf8').replace(/\/\*[\s\S]*?\*\/|(?<!:)\/\/.*/g, '')
  const targets = [...code.matchAll(/\bfrom '(\.[^']+)'/g)].map(([, target = '']) => target)
  return targets.map((target) => posix.join(posix.dirname(file), target))
}

/** A way through the files that ends where it began; nothing where there is none. */
function circleIn(graph: ReadonlyMap<string, readonly string[]>): string[] | undefined {
  const done = new Set<string>()
  const walk = (file: string, way: readonly string[]): string[] | undefined => {
    const before = way.indexOf(file)
    if (before >= 0) return [...way.slice(before), file]
    if (done.has(file)) return undefined
    for (const target of graph.get(file) ?? []) {
      const circle = walk(target, [...way, file])
      if (circle) return circle
    }
    done.add(file)
    return undefined
  }
  for (const file of graph.keys()) {
    const circle = walk(file, [])
    if (circle) return circle
  }
  return undefined
}

it('no two files import each other, also not by way of others', () => {
  const files = globSync('{packages,apps,internal}/*/src/**/*.ts', { cwd: root })
  expect(files.length).toBeGreaterThan(500)
  expect(circleIn(new Map(files.map((file) => [file, importsOf(file)])))).toBeUndefined()
})

it('a circle is named file by file', () => {
  const graph = { a: ['b'], b: ['c'], c: ['d', 'b'], d: [] }
  expect(circleIn(new Map(Object.entries(graph)))).toEqual(['b', 'c', 'b'])
})
