/** Bytes that count, for tests alone. */
export function keyOf(kid: string, first: number): { kid: string; key: Uint8Array } {
  return { kid, key: new Uint8Array(32).map((_, index) => first + index) }
}

export const KEYS = [keyOf('k1', 1)]
