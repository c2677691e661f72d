import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'

/** SHA-256 of a file, hex. */
export function digest(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex')
}
