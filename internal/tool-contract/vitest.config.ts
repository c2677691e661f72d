import { defineConfig } from 'vitest/config'
import root from '../../vitest.config.ts'

// Every framework's own agent loop, random runs of approvals in it, and the bench, which loads all of them too.
export default defineConfig({
  ...root,
  test: {
    ...Object(root).test,
    root: `${import.meta.dirname}/../..`,
    include: ['internal/{tool-contract,durable-runs,wire-schemas,bench}/test/**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/*restart.test.ts'],
  },
})
