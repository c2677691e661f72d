import { createHash } from 'node:crypto'

/** `tok_` or `cid_` and 8 hexadecimal digits of the SHA-256: tells secrets apart without giving one away. */
export function fingerprint(kind: 'tok' | 'cid', secret: string): string {
  return `${kind}_${createHash('sha256').update(secret).digest('hex').slice(0, 8)}`
}
