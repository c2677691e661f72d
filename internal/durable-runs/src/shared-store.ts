import type { AuthSecStore, Clock } from '@authsec/core'

/** What all processes of a run share. */
export function createSharedStore(clock: Clock): AuthSecStore {
  const entries = new Map<string, { readonly value: string; readonly until: number }>()
  const find = (key: string): string | undefined => {
    const entry = entries.get(key)
    return entry && entry.until > clock.now() ? entry.value : undefined
  }
  const put = (key: string, value: string, ttlMs: number): void =>
    void entries.set(key, { value, until: clock.now() + ttlMs })
  return {
    get: async (key) => find(`value ${key}`),
    set: async (key, value, ttlMs) => put(`value ${key}`, value, ttlMs),
    delete: async (key) => void entries.delete(`value ${key}`),
    async claim(id, ttlMs) {
      if (find(`claim ${id}`) !== undefined) return false
      put(`claim ${id}`, '', ttlMs)
      return true
    },
  }
}
