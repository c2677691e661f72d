import manifest from '../../package.json' with { type: 'json' }

// Imported and not read from the disk: the build and every bundle contain it.
export const packageVersion: string = manifest.version

/** This package and its version (RFC 9110 section 10.1.5): tells operators which client sent a request. */
export function userAgent(): string {
  return `authsec-core/${packageVersion}`
}
