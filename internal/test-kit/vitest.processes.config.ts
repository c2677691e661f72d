import { defineConfig } from 'vitest/config'
import root from '../../vitest.config.ts'

// Several processes that race, or are killed: they take long, and want the machine for themselves.
export default defineConfig({
  ...root,
  test: {
    ...Object(root).test,
    root: `${import.meta.dirname}/../..`,
    include: ['{packages,internal}/*/test/**/*-processes.test.ts'],
    exclude: ['**/node_modules/**'],
    fileParallelism: false,
  },
})
