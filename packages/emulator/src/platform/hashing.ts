import { createHash } from 'node:crypto'

/** SHA-256 in hexadecimal digits. Other runtimes get `hashing.web.ts`: their Web Crypto makes hashes later only. */
export function sha256Hex(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
