/** The fields of a package.json that the rules read. */
export interface Manifest {
  readonly name: string
  readonly version: string
  readonly bin?: Readonly<Record<string, string>>
  readonly exports?: Readonly<Record<string, string | Readonly<Record<string, string>>>>
  readonly dependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>
  readonly scripts?: Readonly<Record<string, string>>
  readonly [field: string]: unknown
}

/** One package as npm would deliver it. */
export interface PackedPackage {
  readonly name: string
  /** The name of its folder in `packages/`. */
  readonly folder: string
  /** The folder of its sources. */
  readonly source: string
  readonly tarball: string
  /** The tarball's content. */
  readonly unpacked: string
  /** The manifest inside the tarball. */
  readonly manifest: Manifest
  /** All files in the tarball, sorted, with `/`. */
  readonly files: readonly string[]
}

export interface Release {
  /** The workspace. */
  readonly root: string
  /** A folder that is deleted in the end. */
  readonly scratch: string
  readonly packages: readonly PackedPackage[]
  /** Write what is recorded anew, rather than compare with it. */
  readonly update: boolean
}

/** Checks a release, and returns one sentence for each problem. */
export type Rule = (release: Release) => Promise<readonly string[]>

/** A package's entry points: what users import, and the files they get. */
export function entryPoints(
  manifest: Manifest,
): readonly { subpath: string; specifier: string; types: string; code: string }[] {
  return Object.entries(manifest.exports ?? {}).flatMap(([subpath, target]) => {
    if (typeof target === 'string') return []
    const { types = '', default: code = '' } = target
    return [{ subpath, specifier: manifest.name + subpath.slice(1), types, code }]
  })
}
