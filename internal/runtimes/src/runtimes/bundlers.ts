import { join } from 'node:path'
import type { Stats } from 'webpack'
import { type Runtime, reportOf } from '../rows.ts'
import { tool } from '../tools.ts'

export type Format = 'esm' | 'cjs'

type Bundle = (project: string, format: Format) => Promise<void>

const NAMES = { esm: 'ES module', cjs: 'CommonJS' }

/** What each bundler makes of the program and all it imports, run by Node.js where no package is installed. */
export const bundles: readonly Runtime[] = [
  ...bundlesOf('esbuild', withEsbuild),
  // What the refusal of the one before advises.
  {
    title: 'Bundle by esbuild, ES module, `--external:undici`',
    async run(project, place) {
      tool('esbuild/package.json')
      const folder = join(project, 'bundle')
      await bundleWithEsbuild(project, { folder, format: 'esm', external: ['undici'] })
      return reportOf(process.execPath, [fileOf('esm')], { cwd: folder, place })
    },
  },
  ...bundlesOf('rollup', withRollup),
  ...bundlesOf('webpack', withWebpack),
]

function bundlesOf(name: string, bundle: Bundle): Runtime[] {
  return (['esm', 'cjs'] as const).map((format) => ({
    title: `Bundle by ${name}, ${NAMES[format]}`,
    async run(project, place) {
      tool(`${name}/package.json`)
      await bundle(project, format)
      const cwd = folderOf(project, name, format)
      return reportOf(process.execPath, [fileOf(format)], { cwd, place })
    },
  }))
}

/** Outside of the project, so that nothing is resolved in its `node_modules`. */
function folderOf(project: string, bundler: string, format: Format): string {
  return join(`${project}-bundles`, `${bundler}-${format}`)
}

function fileOf(format: Format): string {
  return format === 'esm' ? 'main.mjs' : 'main.cjs'
}

function withEsbuild(project: string, format: Format): Promise<void> {
  const folder = folderOf(project, 'esbuild', format)
  return bundleWithEsbuild(project, { folder, format, external: [] })
}

async function bundleWithEsbuild(
  project: string,
  options: { readonly folder: string; readonly format: Format; readonly external: string[] },
): Promise<void> {
  const { folder, format, external } = options
  const { build } = await import('esbuild')
  await build({
    entryPoints: [join(project, 'main.js')],
    outfile: join(folder, fileOf(format)),
    bundle: true,
    format,
    platform: 'node',
    external,
    logLevel: 'silent',
  })
}

async function withRollup(project: string, format: Format): Promise<void> {
  const { rollup } = await import('rollup')
  const { default: commonjs } = await import('@rollup/plugin-commonjs')
  const { nodeResolve } = await import('@rollup/plugin-node-resolve')
  const plugins = [
    nodeResolve({ exportConditions: ['node'], preferBuiltins: true }),
    // Its types describe another module than the one that Node.js imports.
    (commonjs as unknown as typeof commonjs.default)(),
  ]
  const bundle = await rollup({ input: join(project, 'main.js'), plugins, logLevel: 'silent' })
  const extension = format === 'esm' ? 'mjs' : 'cjs'
  await bundle.write({
    dir: folderOf(project, 'rollup', format),
    format: format === 'esm' ? 'es' : 'cjs',
    entryFileNames: fileOf(format),
    chunkFileNames: `[name]-[hash].${extension}`,
  })
  await bundle.close()
}

async function withWebpack(project: string, format: Format): Promise<void> {
  const { default: webpack } = await import('webpack')
  const isModule = format === 'esm'
  const compiler = webpack({
    mode: 'production',
    target: 'node22',
    context: project,
    entry: './main.js',
    experiments: { outputModule: isModule },
    output: {
      module: isModule,
      path: folderOf(project, 'webpack', format),
      filename: fileOf(format),
      chunkFilename: `[id].${isModule ? 'mjs' : 'cjs'}`,
      chunkFormat: isModule ? 'module' : 'commonjs',
    },
  })
  const stats = await new Promise<Stats>((done, fail) => {
    compiler.run((error, result) => (result ? done(result) : fail(error)))
  })
  await new Promise((done) => compiler.close(done))
  if (stats.hasErrors()) throw new Error(stats.toString('errors-only'))
}
