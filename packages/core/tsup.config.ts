import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { defineConfig } from 'tsup'
import { options, type Plugin, webOptions } from '../../tsup.base.ts'

const WITH_CLIENT =
  /[\\/]core[\\/]src[\\/](tool|openapi|cloud|store|audit|adapter|error-codes|transports[\\/]undici-transport)\.ts$/

/**
 * A program that loads one of these files has loaded the client, or will. Each of them loads it in the build, so that
 * what they share is one file: without that they cut the client into a dozen, which is a third of the time that its
 * import takes.
 */
const oneClient: Plugin = {
  name: 'one-client',
  setup(build) {
    build.onLoad({ filter: WITH_CLIENT }, ({ path }) => ({
      contents: `${readFileSync(path, 'utf8')}\nimport 'the-client'\n`,
      loader: 'ts',
    }))
    build.onResolve({ filter: /^the-client$/ }, () => ({
      path: join(import.meta.dirname, 'src/index.ts'),
      sideEffects: true,
    }))
  },
}

const entries = [
  'src/index.ts',
  'src/tool.ts',
  'src/openapi.ts',
  'src/cloud.ts',
  'src/store.ts',
  'src/audit.ts',
  'src/adapter.ts',
  'src/error-codes.ts',
]

/** Beside the build for Node.js: the one for runtimes without it, which is bundled, and what a browser gets. */
export default defineConfig([
  options([oneClient], ...entries),
  webOptions([oneClient], ...entries, 'src/browser.ts'),
])
