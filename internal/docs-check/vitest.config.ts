import { defineConfig } from 'vitest/config'
import root from '../../vitest.config.ts'

// What documents say: their examples compile and run, their tables are those of the code, their links lead somewhere.
export default defineConfig({
  ...root,
  test: {
    ...Object(root).test,
    root: `${import.meta.dirname}/../..`,
    include: ['internal/{docs-check,site}/test/**/*.test.ts'],
    exclude: ['**/node_modules/**'],
  },
})
