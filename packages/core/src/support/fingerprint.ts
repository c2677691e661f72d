import { hash } from '#runtime/platform/hashing'

export type FingerprintKind = 'tok' | 'cid' | 'ten'

/** What logs and events carry in place of a secret or an ID: a kind and 8 hex digits of its SHA-256. */
export function fingerprint(kind: FingerprintKind, secret: string): string {
  return `${kind}_${hash('sha256', secret).slice(0, 8)}`
}

const numbers = new WeakMap<object, number>()
let last = 0

/** The number of an object in this process: only the same one has it. 0 for none. */
export function numberOf(object: object | undefined): number {
  if (object === undefined) return 0
  const known = numbers.get(object)
  if (known !== undefined) return known
  last += 1
  numbers.set(object, last)
  return last
}
