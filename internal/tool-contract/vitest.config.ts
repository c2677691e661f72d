import { defineConfig } from 'vitest/config'
import root from '../../vitest.config.ts'

// Every framework's own agent loop, and random runs of approvals in it. Their imports alone take a quarter of `pnpm test`.
export default defineConfig({
  ...root,
  test: {
    ...Object(root).test,
    root: `${import.meta.dirname}/../..`,
    include: ['internal/{tool-contract,durable-runs,wire-schemas}/test/**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/*restart.test.ts'],
  },
})
