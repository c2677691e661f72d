import { defineConfig } from 'vitest/config'
import root from '../../vitest.config.ts'

// Apart from `pnpm test`, which needs Node.js alone.
export default defineConfig({
  ...root,
  test: {
    ...Object(root).test,
    root: `${import.meta.dirname}/../..`,
    include: ['{packages/*,examples/kubernetes}/test/*.redis.test.ts'],
    exclude: ['**/node_modules/**'],
    // Several start processes, and a store that is late by 50 ms is one that agents go on without.
    fileParallelism: false,
    testTimeout: 120_000,
  },
})
