import { defineConfig } from 'tsup'
import { options, webOptions } from '../../tsup.base.ts'

/** Beside the build for Node.js, the one for runtimes without it. */
export default defineConfig([
  options([], 'src/index.ts', 'src/error-codes.ts'),
  webOptions([], 'src/index.ts'),
])
