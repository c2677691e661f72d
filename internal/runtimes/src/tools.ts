import { existsSync, realpathSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { home } from './home.ts'
import { MissingError } from './missing-error.ts'
import { runProcess } from './processes.ts'

let problem: string | undefined

/** Installs the runtimes and bundlers, which the repository does without. What is missing then is skipped. */
export async function installTools(): Promise<void> {
  const args = ['--dir', home, 'install', '--frozen-lockfile']
  const options = { cwd: home, timeoutMs: 300_000 }
  const { code, stdout, stderr } = await runProcess('pnpm', args, options).catch(
    (error: Error) => ({
      code: 1,
      stdout: '',
      stderr: error.message,
    }),
  )
  if (code !== 0) problem = (stdout + stderr).trim().split('\n').at(-1)
}

/** A file of an installed tool. Throws a `MissingError` when it is not there. */
export function tool(path: string): string {
  const file = join(home, 'node_modules', path)
  if (existsSync(file)) return file
  const why = problem === undefined ? '' : ` (${problem})`
  throw new MissingError(`${path.split('/')[0]} is not installed${why}`)
}

/** The program of a package that has it in an optional dependency for each platform. */
export function binary(name: 'bun' | 'deno'): string {
  const require = createRequire(realpathSync(tool(`${name}/package.json`)))
  const { optionalDependencies }: { optionalDependencies: object } = require(`./package.json`)
  for (const platform of Object.keys(optionalDependencies)) {
    const files = [`${platform}/bin/${name}`, `${platform}/${name}`].map((path) =>
      find(require, path),
    )
    const file = files.find((path) => path !== undefined)
    if (file !== undefined) return file
  }
  throw new MissingError(`${name} has no program for ${process.platform} on ${process.arch}`)
}

function find(require: NodeJS.Require, path: string): string | undefined {
  try {
    return require.resolve(path)
  } catch {
    return undefined
  }
}
