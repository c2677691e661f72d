import { sha256Hex } from '#runtime/platform/hashing'

/** `tok_` or `cid_` and 8 hexadecimal digits of the SHA-256: tells secrets apart without giving one away. */
export function fingerprint(kind: 'tok' | 'cid', secret: string): string {
  return `${kind}_${sha256Hex(secret).slice(0, 8)}`
}
