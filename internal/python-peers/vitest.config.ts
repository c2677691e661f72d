import { defaultServerConditions } from 'vite'
import { defineConfig } from 'vitest/config'

// Apart from `pnpm test`, which needs Node.js alone.
export default defineConfig({
  ssr: { resolve: { conditions: ['@authsec/source', ...defaultServerConditions] } },
  test: {
    root: import.meta.dirname,
    include: ['suites/*.test.ts'],
    globalSetup: 'src/global-setup.ts',
    // Python imports its packages anew for each script.
    testTimeout: 60_000,
  },
})
