/** What processes share. Values are opaque texts (sealed by the caller); keys are opaque texts too. */
export interface AuthSecStore {
  get(key: string): Promise<string | undefined>
  /** Replaces the value. After `ttlMs` it is as if it had never been set. */
  set(key: string, value: string, ttlMs: number): Promise<void>
  delete(key: string): Promise<void>
  /** Takes the ID for `ttlMs`. True for exactly one caller among all processes. Rejects when that cannot be known. */
  claim(id: string, ttlMs: number): Promise<boolean>
}
