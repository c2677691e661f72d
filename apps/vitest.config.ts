import { defineConfig } from 'vitest/config'
import root from '../vitest.config.ts'

// Each demo as a process, in mock mode and live. `pnpm test` leaves them out, because they take as long as a third of it.
export default defineConfig({
  ...root,
  test: {
    ...Object(root).test,
    root: `${import.meta.dirname}/..`,
    include: ['apps/*/test/{demo,rag}.test.ts'],
    exclude: ['**/node_modules/**'],
  },
})
