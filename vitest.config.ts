import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { defaultServerConditions } from 'vite'
import { defineConfig } from 'vitest/config'

const durableRuns = fileURLToPath(new URL('./internal/durable-runs/src/', import.meta.url))
const testKit = fileURLToPath(new URL('./internal/test-kit/src/', import.meta.url))

// Not `module`: packages keep sources for bundlers there, which Node itself cannot load.
const conditions = defaultServerConditions.filter((condition) => condition !== 'module')

export default defineConfig({
  resolve: {
    alias: {
      '@authsec-internal/durable-runs': `${durableRuns}index.ts`,
      '@authsec-internal/test-kit': `${testKit}index.ts`,
    },
  },
  ssr: { resolve: { conditions: ['@authsec/source', ...conditions] } },
  test: {
    include: [
      '{packages,apps,internal}/*/test/**/*.test.ts',
      'examples/kubernetes/test/**/*.test.ts',
    ],
    // `pnpm test:durable` kills processes and makes random runs in every framework, and `pnpm test:demos` runs each
    // demo as a process, which takes minutes; `pnpm test:processes` starts programs and processes that race, and
    // `pnpm test:contract` runs the agent loop of every framework. `pnpm test:docs` is about documents. `pnpm test:redis` needs
    // more than Node.js.
    exclude: [
      '**/node_modules/**',
      '**/*restart.test.ts',
      'packages/*/test/*durable-runs.test.ts',
      '**/*.redis.test.ts',
      '**/*-processes.test.ts',
      'packages/{emulator/test/bin,cli/test/{command-line,init,doctor-server,doctor-store,doctor-api},mcp/test/{stdio,configuration,proxy}}.test.ts',
      'internal/{tool-contract,durable-runs,wire-schemas,bench,docs-check,site}/test/**',
      'apps/*/test/{demo,rag}.test.ts',
    ],
    setupFiles: [`${testKit}setup.ts`],
    // Much of the time is waiting, for processes and servers: two files more than there are cores.
    maxWorkers: availableParallelism() + 2,
    testTimeout: 30_000,
  },
})
