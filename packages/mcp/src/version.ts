import { readFileSync } from 'node:fs'

/** The version in the manifest of this package, which is one folder up in the source and in the build. */
export const VERSION: string = readVersion()

function readVersion(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8')
  const { version } = JSON.parse(text) as { version: string }
  return version
}
