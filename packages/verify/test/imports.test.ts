import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const folder = new URL('../src/', import.meta.url)

/** What the sources of the package import from elsewhere. */
function importedPackages(): readonly (string | undefined)[] {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  const imports = files
    .filter((name) => name.endsWith('.ts'))
    .flatMap((name) => {
      const source = readFileSync(new URL(name, folder), 'utf8')
      // Lines of comments hold examples, which import the package and frameworks.
      const code = source.replaceAll(/^ *\*.*$/gm, '')
      return [...code.matchAll(/(?:from|import) ?\(?'([^.'][^']*)'/g)].map(([, target]) => target)
    })
  return [...new Set(imports)].sort()
}

test('the sources import modules of Node.js and a hash that is built in, and neither core nor a framework', () => {
  expect(importedPackages()).toEqual([
    '#runtime/platform/base64url',
    '#runtime/platform/default-fetch',
    '#runtime/platform/hashing',
    '#runtime/platform/rsa-keys',
    '@noble/hashes/sha2.js',
    'node:crypto',
    'node:dns',
    'node:http',
    'node:https',
    'node:net',
    'node:stream',
    'node:tls',
  ])
})
