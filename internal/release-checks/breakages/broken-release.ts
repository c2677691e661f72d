import { appendFileSync, cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { packFolders } from '../src/pack.ts'
import type { Release } from '../src/release.ts'
import { copyWorkspace } from '../src/workspace-copy.ts'

const root = fileURLToPath(new URL('../../../', import.meta.url))

/** One way to break one rule. */
export interface Breakage {
  /** What was done wrong. */
  readonly title: string
  /** Folders of the packages that the rule has to look at. Default: none. */
  readonly packages?: readonly string[]
  /** Does it, in a copy of the workspace with everything built. */
  apply(files: Files): void
  /** What the rule has to say about it. */
  readonly says: RegExp
}

/** Files of the copied workspace, by their path in it. */
interface Files {
  append(path: string, text: string): void
  replace(path: string, what: RegExp, by: string): void
  write(path: string, text: string): void
}

/** The workspace as it would be after somebody's mistake, packed. */
export async function brokenRelease(
  { packages = [], apply }: Pick<Breakage, 'packages' | 'apply'>,
  scratch: string,
): Promise<Release> {
  const copy = join(scratch, 'workspace')
  copyWorkspace(root, copy)
  for (const folder of packages) {
    const dist = join('packages', folder, 'dist')
    cpSync(join(root, dist), join(copy, dist), { recursive: true })
  }
  const files = filesOf(copy)
  // The dependencies are borrowed: nothing may install them anew.
  files.replace('pnpm-workspace.yaml', /verifyDepsBeforeRun: install/, 'verifyDepsBeforeRun: false')
  apply(files)
  return {
    root: copy,
    scratch,
    packages: await packFolders(copy, packages, scratch),
    update: false,
  }
}

function filesOf(folder: string): Files {
  const replace = (path: string, what: RegExp, by: string): void => {
    const file = join(folder, path)
    const before = readFileSync(file, 'utf8')
    if (before.search(what) < 0) throw new Error(`${path} does not contain ${what}.`)
    writeFileSync(file, before.replace(what, by))
  }
  return {
    append: (path, text) => appendFileSync(join(folder, path), text),
    replace,
    write: (path, text) => writeFileSync(join(folder, path), text),
  }
}
