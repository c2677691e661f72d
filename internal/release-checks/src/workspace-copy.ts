import { cpSync, existsSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs'
import { basename, join } from 'node:path'
import { runOrThrow } from './run.ts'

const NOT_COPIED = new Set(['node_modules', 'dist', '.turbo', '.git', 'coverage'])
const GROUPS = ['packages', 'apps', 'internal']

/** The workspace's sources at another path, with the same installed dependencies and nothing built. */
export function copyWorkspace(root: string, target: string): void {
  mkdirSync(target, { recursive: true })
  for (const name of readdirSync(root)) {
    if (NOT_COPIED.has(name)) continue
    const filter = (path: string): boolean => !NOT_COPIED.has(basename(path))
    cpSync(join(root, name), join(target, name), { recursive: true, filter })
  }
  symlinkSync(join(root, 'node_modules'), join(target, 'node_modules'), 'junction')
  for (const group of GROUPS.filter((name) => existsSync(join(root, name)))) {
    for (const folder of readdirSync(join(root, group))) {
      copyLinks(join(root, group, folder), join(target, group, folder))
    }
  }
}

/** Links to other packages of the workspace are relative, so in the copy they lead to the copies. */
function copyLinks(from: string, to: string): void {
  const links = join(from, 'node_modules')
  if (!existsSync(links)) return
  // Tools keep files there, such as `.bin`, and may delete them during the copy.
  const filter = (path: string): boolean => path === links || !basename(path).startsWith('.')
  cpSync(links, join(to, 'node_modules'), { recursive: true, verbatimSymlinks: true, filter })
}

/** Builds one package as its `build` script does, but with no cache in between. */
export async function buildPackage(folder: string, root: string): Promise<void> {
  const tsup = join(root, 'node_modules/tsup/dist/cli-default.js')
  await runOrThrow(process.execPath, [tsup], { cwd: folder })
}
