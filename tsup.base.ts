import { readFileSync } from 'node:fs'
import { defineConfig, type Options } from 'tsup'

export type Plugin = NonNullable<Options['esbuildPlugins']>[number]

/** How every package is built: ES modules, with types, and with maps that point at the shipped sources. */
export function library(...entry: string[]): ReturnType<typeof defineConfig> {
  return libraryWith([], ...entry)
}

/** The same, with more steps of the build. */
export function libraryWith(
  plugins: readonly Plugin[],
  ...entry: string[]
): ReturnType<typeof defineConfig> {
  return defineConfig({
    entry,
    format: ['esm'],
    target: 'node22',
    dts: true,
    sourcemap: true,
    clean: true,
    // tsup strips `node:` by default, and bundlers for other runtimes take a bare `crypto` for a package.
    removeNodeProtocol: false,
    esbuildPlugins: [versionOnly, ...plugins],
    esbuildOptions(options) {
      options.sourcesContent = false
    },
  })
}

/** A build contains the version of its manifest, and nothing else of it. */
const versionOnly: Plugin = {
  name: 'version-only',
  setup(build) {
    build.onLoad({ filter: /[\\/]package\.json$/ }, ({ path }) => {
      const { version } = JSON.parse(readFileSync(path, 'utf8'))
      return { contents: JSON.stringify({ version }), loader: 'json' }
    })
  },
}
