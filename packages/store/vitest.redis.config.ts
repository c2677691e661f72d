import { defineConfig } from 'vitest/config'
import root from '../../vitest.config.ts'

// Apart from `pnpm test`, which needs Node.js alone.
export default defineConfig({
  ...root,
  test: {
    ...Object(root).test,
    root: `${import.meta.dirname}/../..`,
    include: ['packages/store/test/*.redis.test.ts'],
    exclude: ['**/node_modules/**'],
    testTimeout: 60_000,
  },
})
