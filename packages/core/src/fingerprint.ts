import { createHash } from 'node:crypto'

export type FingerprintKind = 'tok' | 'cid'

/** What logs and events carry in place of a secret: a kind and 8 hex digits of its SHA-256. */
export function fingerprint(kind: FingerprintKind, secret: string): string {
  return `${kind}_${createHash('sha256').update(secret).digest('hex').slice(0, 8)}`
}
