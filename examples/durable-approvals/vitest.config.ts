import { defineConfig, mergeConfig } from 'vitest/config'
import workspace from '../../vitest.config.ts'

/** The Restate server is 216 MB: these tests run by `pnpm test:durable-engine`, not by `pnpm test`. */
export default mergeConfig(
  defineConfig({ ...workspace, test: { ...workspace.test, include: [] } }),
  defineConfig({
    test: { include: ['examples/durable-approvals/test/*.test.ts'], testTimeout: 120_000 },
  }),
)
