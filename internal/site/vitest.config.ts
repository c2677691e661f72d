import { defineConfig } from 'vitest/config'
import workspace from '../../vitest.config.ts'

/** What looks at the built site. Apart from `pnpm test`, because it needs `pnpm site` and Chromium. */
export default defineConfig({
  ...workspace,
  test: {
    ...workspace.test,
    root: import.meta.dirname,
    include: ['checks/*.test.ts'],
    globalSetup: '../browser-tests/src/announce.ts',
    testTimeout: 60_000,
    hookTimeout: 30_000,
  },
})
