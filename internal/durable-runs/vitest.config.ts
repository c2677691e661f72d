import { defineConfig } from 'vitest/config'
import root from '../../vitest.config.ts'

const { DURABLE_RUNS = '200' } = process.env

// All runs of every host, of which `pnpm test` makes a few of core, and real restarts.
export default defineConfig({
  ...root,
  test: {
    ...Object(root).test,
    root: `${import.meta.dirname}/../..`,
    include: ['{packages,internal}/*/test/**/*{durable-runs,restart}.test.ts'],
    exclude: ['**/node_modules/**'],
    env: { DURABLE_RUNS },
    testTimeout: 600_000,
  },
})
