import { defineConfig } from 'vitest/config'

/** Proves that each rule can fail. Not part of `pnpm test`: each case builds, packs or installs something. */
export default defineConfig({
  root: import.meta.dirname,
  test: { include: ['breakages/*.test.ts'], testTimeout: 180_000, hookTimeout: 180_000 },
})
