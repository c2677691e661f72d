import { statSync } from 'node:fs'
import { type BundleSize, bundleSize } from './bundle.ts'
import { type InstallSize, installSize } from './installed.ts'
import { entryPoints, type PackedPackage, type Release } from './release.ts'

export const KIB = 1024
export const MIB = 1024 * 1024

/** What one package costs its users. */
export interface Footprint {
  readonly packed: PackedPackage
  /** Of the main entry point. */
  readonly bundle: BundleSize
  readonly tarballBytes: number
  readonly install: InstallSize
}

export async function measureFootprints({ packages }: Release): Promise<readonly Footprint[]> {
  return Promise.all(
    packages.map(async (packed) => ({
      packed,
      bundle: await mainBundle(packed),
      tarballBytes: statSync(packed.tarball).size,
      install: installSize(packed, packages),
    })),
  )
}

function mainBundle({ name, manifest, unpacked }: PackedPackage): Promise<BundleSize> {
  const main = entryPoints(manifest).find(({ subpath }) => subpath === '.')
  if (!main) throw new Error(`${name} has no main entry point.`)
  return bundleSize(unpacked, main.code)
}
