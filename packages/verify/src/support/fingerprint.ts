import { hash } from '#runtime/platform/hashing'

export type FingerprintKind = 'tok' | 'cid' | 'ten'

/** What logs and events carry in place of a secret or an ID: a kind and 8 hex digits of its SHA-256. */
export function fingerprint(kind: FingerprintKind, secret: string): string {
  return `${kind}_${hash('sha256', secret).slice(0, 8)}`
}
