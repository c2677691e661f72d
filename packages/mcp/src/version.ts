import { readFileSync } from 'node:fs'

/** The version of this package: from its manifest, which lies one folder up in source and build alike. */
export const VERSION: string = readVersion()

function readVersion(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8')
  const { version } = JSON.parse(text) as { version: string }
  return version
}
