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
    // One of them measures how fast a page is: another browser beside it would be measured, too.
    fileParallelism: false,
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
})
