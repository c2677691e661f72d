import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { defaultServerConditions } from 'vite'
import { defineConfig } from 'vitest/config'
import { suites } from './vitest.suites.ts'

const root = fileURLToPath(new URL('.', import.meta.url))
const durableRuns = fileURLToPath(new URL('./internal/durable-runs/src/', import.meta.url))
const testKit = fileURLToPath(new URL('./internal/test-kit/src/', import.meta.url))

// Not `module`: packages keep sources for bundlers there, which Node itself cannot load.
export const conditions = [
  '@authsec/source',
  ...defaultServerConditions.filter((condition) => condition !== 'module'),
]

const NEVER = ['**/node_modules/**']

const config = defineConfig({
  resolve: {
    alias: {
      '@authsec-internal/durable-runs': `${durableRuns}index.ts`,
      '@authsec-internal/test-kit': `${testKit}index.ts`,
    },
  },
  ssr: { resolve: { conditions } },
  test: {
    include: [
      '{packages,apps,internal}/*/test/**/*.test.ts',
      'examples/kubernetes/test/**/*.test.ts',
    ],
    exclude: [...NEVER, ...Object.values(suites).flat()],
    setupFiles: [`${testKit}setup.ts`],
    // Much of the time is waiting, for processes and servers: two files more than there are cores.
    maxWorkers: availableParallelism() + 2,
    testTimeout: 30_000,
  },
})

export default config

/** The configuration of a command that runs one of the other suites, from the root of the repository. */
export function suite(name: keyof typeof suites, test: object = {}): typeof config {
  const include = suites[name]
  return defineConfig({
    ...config,
    test: { ...Object(config).test, root, include, exclude: NEVER, ...test },
  })
}
