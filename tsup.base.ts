import { readFileSync } from 'node:fs'
import { defineConfig, type Options } from 'tsup'

export type Plugin = NonNullable<Options['esbuildPlugins']>[number]

/** How every package is built: ES modules, with types, and with maps that point at the shipped sources. */
export function library(...entry: string[]): ReturnType<typeof defineConfig> {
  return defineConfig(options([], ...entry))
}

/** The options of such a build, with more steps. */
export function options(plugins: readonly Plugin[], ...entry: string[]): Options {
  return {
    entry,
    format: ['esm'],
    target: 'node22',
    // What `imports` of a manifest names counts as another package otherwise.
    dts: { compilerOptions: { paths: { '#runtime/*': ['./src/*.ts'] } } },
    sourcemap: true,
    // The build for other runtimes runs at the same time, and cleans its own folder.
    clean: ['!web/**'],
    // tsup strips `node:` by default, and bundlers for other runtimes take a bare `crypto` for a package.
    removeNodeProtocol: false,
    esbuildPlugins: [versionOnly, ...plugins],
    esbuildOptions(options) {
      options.sourcesContent = false
    },
  }
}

/**
 * A second build of the same sources in `dist/web`, for runtimes without Node.js: `imports` of the manifest give it
 * other files. The types are those of the first. What it contains of other packages has no place a map could point at.
 */
export function webOptions(plugins: readonly Plugin[], ...entry: string[]): Options {
  return {
    ...options(plugins, ...entry),
    outDir: 'dist/web',
    platform: 'neutral',
    dts: false,
    sourcemap: false,
    minifyWhitespace: true,
    minifySyntax: true,
    clean: true,
    esbuildOptions(esbuild) {
      // The emulator has the second alone: tests with the first are served by it over real HTTP.
      esbuild.conditions = ['@authsec/web', 'workerd']
      // Names of files hash the paths of what is bundled: those of the links are the same in every folder.
      esbuild.preserveSymlinks = true
    },
    plugins: [namedImportsOnly],
  }
}

/** A part that gives no name has no effect (`sideEffects`), and bundlers warn of each import of one. */
const namedImportsOnly: NonNullable<Options['plugins']>[number] = {
  name: 'named-imports-only',
  renderChunk: (code) => ({ code: code.replaceAll(/import"\.\/chunk-\w+\.js";/g, '') }),
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
