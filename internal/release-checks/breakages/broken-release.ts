import { execFileSync } from 'node:child_process'
import { appendFileSync, cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../src/command-line.ts'
import { packFolders } from '../src/pack.ts'
import type { Release } from '../src/release.ts'
import { copyWorkspace } from '../src/workspace-copy.ts'

export { root }

/** One mistake that breaks one rule. */
export interface Breakage {
  readonly title: string
  /** Folders of the packages that the rule has to look at. Default: none. */
  readonly packages?: readonly string[]
  /** Makes the mistake in a copy of the workspace where these packages are built. */
  apply(files: Files): void
  /** The problems that the rule has to report, each by one pattern. */
  readonly problems: readonly RegExp[]
}

/** Edits files of the copy, by their path in it. */
interface Files {
  append(path: string, text: string): void
  replace(path: string, what: RegExp, by: string): void
  write(path: string, text: string): void
  /** Makes the copy a git repository whose branch `main` has these files. */
  commit(...paths: string[]): void
}

/** The workspace as it would be after the mistake, packed. */
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
  // The dependencies are links to those of the workspace: pnpm must not install them again.
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
  const git = (...args: string[]): unknown => {
    const author = ['-c', 'user.name=a', '-c', 'user.email=a@example.com']
    return execFileSync('git', [...author, ...args], { cwd: folder, stdio: 'pipe' })
  }
  return {
    append: (path, text) => appendFileSync(join(folder, path), text),
    write: (path, text) => writeFileSync(join(folder, path), text),
    replace(path, what, by) {
      const file = join(folder, path)
      const before = readFileSync(file, 'utf8')
      if (before.search(what) < 0) throw new Error(`${path} does not contain ${what}.`)
      writeFileSync(file, before.replace(what, by))
    },
    commit(...paths) {
      git('init', '--quiet', '--initial-branch=main')
      git('add', ...paths)
      git('commit', '--quiet', '--message=base')
    },
  }
}
