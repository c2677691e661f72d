import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { digest, filesIn } from '../pack.ts'
import type { PackedPackage, Release, Rule } from '../release.ts'
import { runOrThrow } from '../run.ts'
import { buildPackage, copyWorkspace } from '../workspace-copy.ts'

/** A build in another folder gives the same files, byte by byte, and packing again gives the same tarball. */
export const sameBytes: Rule = async (release) => {
  const copy = join(release.scratch, 'built-again')
  copyWorkspace(release.root, copy)
  const results: string[] = []
  for (const packed of release.packages) {
    const folder = join(copy, 'packages', packed.folder)
    await buildPackage(folder, release.root)
    results.push(...differences(packed, folder), ...(await tarballDifferences(packed, release)))
  }
  return results
}

function differences({ name, unpacked, files }: PackedPackage, rebuilt: string): string[] {
  const built = files.filter((file) => file.startsWith('dist/'))
  const again = filesIn(join(rebuilt, 'dist')).map((file) => `dist/${file}`)
  const all = [...new Set([...built, ...again])].sort()
  return all
    .filter((file) => digestOf(join(unpacked, file)) !== digestOf(join(rebuilt, file)))
    .map((file) => `${name}: ${file} differs when it is built again in another folder.`)
}

async function tarballDifferences(packed: PackedPackage, release: Release): Promise<string[]> {
  const again = join(release.scratch, `again-${packed.folder}.tgz`)
  await runOrThrow('pnpm', ['pack', '--out', again], { cwd: packed.source })
  const same = digest(packed.tarball) === digest(again)
  return same ? [] : [`${packed.name}: its tarball differs when it is packed again.`]
}

/** Undefined for a file that is not there. */
function digestOf(file: string): string | undefined {
  return existsSync(file) ? digest(file) : undefined
}
