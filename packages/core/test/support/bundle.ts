import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { type ProgramRun, runProgram } from '@authsec-internal/test-kit'
import { type BuildOptions, build } from 'esbuild'

/** A program as one file, whose imports are found as those of a test are. */
export async function bundle(
  program: string,
  {
    format = 'esm',
    external = [],
    platform = 'node',
    conditions = ['@authsec/source'],
  }: Pick<BuildOptions, 'format' | 'external' | 'platform' | 'conditions'> = {},
): Promise<{ readonly code: string; readonly imports: readonly string[] }> {
  const { outputFiles, metafile } = await build({
    stdin: { contents: program, resolveDir: join(import.meta.dirname, '..') },
    ...{ bundle: true, write: false, metafile: true, logLevel: 'silent' },
    ...{ format, external, platform, conditions, target: 'node22' },
  })
  const inputs = Object.values(metafile.outputs).flatMap((output) => output.imports)
  return {
    code: outputFiles[0]?.text ?? '',
    imports: inputs.filter((one) => one.external).map(({ path }) => path),
  }
}

/** Runs a bundle in a folder of its own: what it does not contain is found there, or nowhere. */
export async function runBundle(
  code: string,
  { file = 'bundle.mjs', links = {} }: { file?: string; links?: Record<string, string> } = {},
): Promise<ProgramRun> {
  const folder = await mkdtemp(join(tmpdir(), 'bundle-'))
  try {
    await mkdir(join(folder, 'node_modules'))
    for (const [name, target] of Object.entries(links)) {
      await symlink(target, join(folder, 'node_modules', name), 'junction')
    }
    await writeFile(join(folder, file), code)
    return await runProgram(relative(join(import.meta.dirname, '../../../..'), join(folder, file)))
  } finally {
    await rm(folder, { recursive: true })
  }
}
