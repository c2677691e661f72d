import { defineConfig } from 'vitest/config'
import root from '../../vitest.config.ts'

// Apart from `pnpm test`, which needs Node.js alone.
export default defineConfig({
  ...root,
  test: {
    ...Object(root).test,
    root: import.meta.dirname,
    include: ['test/**/*.browser.ts'],
    globalSetup: 'src/announce.ts',
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
})
