/** `pnpm new:adapter NAME`: makes a package, a harness, a demo and a changeset for another framework. */
import { fileURLToPath } from 'node:url'
import { createAdapter, NewAdapterError } from './adapter-template.ts'

const root = fileURLToPath(new URL('../', import.meta.url))
const [name = '', ...rest] = process.argv.slice(2)

try {
  if (rest.length > 0) throw new NewAdapterError('Give one name: pnpm new:adapter NAME.')
  const files = createAdapter(root, name)
  process.stdout.write(`${files.join('\n')}

The adapter works with a plain loop in place of the framework:

  pnpm vitest run packages/${name} internal/tool-contract/test/${name}.test.ts
  pnpm demo ${name}-agent

CONTRIBUTING.md, "Adding a framework", lists what to replace.
`)
} catch (error) {
  if (!(error instanceof NewAdapterError)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 1
}
