import { defineConfig } from 'tsup'

/** How every package is built: ES modules, with types, and with maps that point at the shipped sources. */
export function library(...entry: string[]): ReturnType<typeof defineConfig> {
  return defineConfig({
    entry,
    format: ['esm'],
    target: 'node22',
    dts: true,
    sourcemap: true,
    clean: true,
    esbuildOptions(options) {
      options.sourcesContent = false
    },
  })
}
