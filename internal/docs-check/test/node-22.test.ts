import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'

const root = join(import.meta.dirname, '../../..')

/** What Node runs from source, with its types stripped and nothing else done to it. */
const files = [
  'apps/*/src/**/*.ts',
  'scripts/*.ts',
  'packages/*/src/**/*.ts',
  'internal/*/src/**/*.ts',
]
  .flatMap((pattern) => globSync(pattern, { cwd: root }))
  .filter((file) => !/node_modules|internal.(tool-contract|test-kit)/.test(file))

it.each(files)('%s has no syntax that Node 22 cannot parse', (file) => {
  const code = readFileSync(join(root, file), 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '')
  expect(code).not.toMatch(/\b(await )?using \w+ =/)
})

it('there are such files', () => expect(files.length).toBeGreaterThan(100))
