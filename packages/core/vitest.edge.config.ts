import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import config, { conditions } from '../../vitest.config.ts'
import { edge, nodeOnly } from '../../vitest.suites.ts'

/** The sources as runtimes without Node.js get them, with real HTTP by the `fetch` of Node.js. */
export default defineConfig({
  ...config,
  ssr: { resolve: { conditions: ['@authsec/web', ...conditions] } },
  test: {
    ...Object(config).test,
    root: fileURLToPath(new URL('../../', import.meta.url)),
    include: edge,
    exclude: ['**/node_modules/**', ...nodeOnly],
  },
})
