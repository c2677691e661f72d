import { join, posix } from 'node:path'
import { build, type Metafile } from 'esbuild'

export interface BundleSize {
  /** Bytes that importing the entry point loads: its own code, minified, without dependencies. */
  readonly loaded: number
  /** The same with all that is loaded later, on first use. */
  readonly total: number
}

/** Measures one entry point of a package, as a bundler would ship it. */
export async function bundleSize(folder: string, entry: string): Promise<BundleSize> {
  const { metafile } = await build({
    absWorkingDir: folder,
    entryPoints: [entry],
    outdir: join(folder, 'bundle'),
    bundle: true,
    minify: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node22',
    packages: 'external',
    metafile: true,
    write: false,
    logLevel: 'silent',
  })
  const sizes = Object.values(metafile.outputs).map(({ bytes }) => bytes)
  return { loaded: loadedBytes(metafile, entry), total: sizes.reduce((sum, size) => sum + size, 0) }
}

/** The entry chunk and everything that it imports at once, directly or not. */
function loadedBytes({ outputs }: Metafile, entry: string): number {
  const start = posix.normalize(entry)
  const found = Object.keys(outputs).find((file) => outputs[file]?.entryPoint === start)
  if (!found) throw new Error(`${entry} was not bundled.`)
  const loaded = new Set([found])
  for (const file of loaded) {
    for (const { path, kind } of outputs[file]?.imports ?? []) {
      if (kind === 'import-statement' && path in outputs) loaded.add(path)
    }
  }
  return [...loaded].reduce((sum, file) => sum + (outputs[file]?.bytes ?? 0), 0)
}
