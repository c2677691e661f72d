import { readFileSync } from 'node:fs'
import { parseObject } from './json-object.ts'

let known: string | undefined

/** `authsec-core/` and the version (RFC 9110 section 10.1.5): tells operators which client sent a request. */
export function userAgent(): string {
  known ??= ['authsec-core', ownVersion()].filter(Boolean).join('/')
  return known
}

/** From the manifest, one folder up in the build and two in the source. In an application's bundle there is none. */
function ownVersion(): string | undefined {
  for (const path of ['../package.json', '../../package.json']) {
    try {
      const manifest = parseObject(readFileSync(new URL(path, import.meta.url), 'utf8'))
      const { name, version } = manifest ?? {}
      if (name === '@authsec/core' && typeof version === 'string') return version
    } catch {
      // Not there: the next place, or no version.
    }
  }
  return undefined
}
