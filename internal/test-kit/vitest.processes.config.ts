import { defineConfig } from 'vitest/config'
import root from '../../vitest.config.ts'

// Programs that are started, and several processes that race or are killed: they take long, and want the machine for
// themselves.
export default defineConfig({
  ...root,
  test: {
    ...Object(root).test,
    root: `${import.meta.dirname}/../..`,
    include: [
      '{packages,internal}/*/test/**/*-processes.test.ts',
      'packages/{emulator/test/bin,cli/test/{command-line,init,doctor-server,doctor-store,doctor-api},mcp/test/{stdio,configuration,proxy}}.test.ts',
    ],
    exclude: ['**/node_modules/**'],
    fileParallelism: false,
  },
})
