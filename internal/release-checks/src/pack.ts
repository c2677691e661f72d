import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import type { Manifest, PackedPackage } from './release.ts'
import { runOrThrow } from './run.ts'

/** Packs every package of the workspace, as `pnpm publish` does it, and unpacks it again. */
export function packAll(root: string, scratch: string): Promise<readonly PackedPackage[]> {
  return packFolders(root, readdirSync(join(root, 'packages')).sort(), scratch)
}

/** The same for some of `packages/`. */
export function packFolders(
  root: string,
  folders: readonly string[],
  scratch: string,
): Promise<readonly PackedPackage[]> {
  return Promise.all(folders.map((folder) => pack(join(root, 'packages', folder), folder, scratch)))
}

async function pack(source: string, folder: string, scratch: string): Promise<PackedPackage> {
  const target = join(scratch, 'packed', folder)
  mkdirSync(target, { recursive: true })
  const tarball = join(target, `${folder}.tgz`)
  await runOrThrow('pnpm', ['pack', '--out', tarball], { cwd: source })
  return unpack({ source, folder, tarball, target })
}

/** Unpacks a tarball: the rules read its content, not the sources. */
async function unpack(packed: {
  source: string
  folder: string
  tarball: string
  target: string
}): Promise<PackedPackage> {
  const { target, ...rest } = packed
  await runOrThrow('tar', ['-xzf', packed.tarball, '-C', target], { cwd: target })
  const unpacked = join(target, 'package')
  const manifest = readManifest(unpacked)
  return { ...rest, name: manifest.name, unpacked, manifest, files: filesIn(unpacked) }
}

export function readManifest(folder: string): Manifest {
  const manifest: Manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  return manifest
}

/** All files below a folder, sorted, with `/` on every system. */
export function filesIn(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .sort()
}

/** SHA-256 of a file, hex. */
export function digest(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex')
}
