import { defineConfig } from 'tsup'
import { options, webOptions } from '../../tsup.base.ts'

/** Beside the build for Node.js, the one for runtimes without it: the emulator in process. */
export default defineConfig([
  options(
    [],
    'src/index.ts',
    'src/bin.ts',
    'src/error-codes.ts',
    'src/run-command-line.ts',
    'src/vault/vault-data.ts',
    'src/testing/index.ts',
    'src/testing/vitest.ts',
  ),
  webOptions([], 'src/index.ts'),
])
