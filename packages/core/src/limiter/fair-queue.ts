/** What waits, by whom it is of: those that wait are served in turn, each with its oldest one. */
export interface FairQueue<T> extends Iterable<T> {
  readonly size: number
  /** `isFirst`: before what is there of the same one. */
  add(of: string, item: T, isFirst: boolean): void
  /** Whether it was there. */
  remove(of: string, item: T): boolean
  /** Takes out the next one. */
  take(): T | undefined
  /** How many are served before one that comes now. */
  ahead(of: string): number
  /** Of how many. */
  readonly members: number
}

export function createFairQueue<T>(): FairQueue<T> {
  const lists = new Map<string, T[]>()
  let size = 0

  return {
    get size() {
      return size
    },
    get members() {
      return lists.size
    },
    add(of, item, isFirst) {
      const list = lists.get(of) ?? []
      lists.set(of, list)
      if (isFirst) list.unshift(item)
      else list.push(item)
      size += 1
    },
    remove(of, item) {
      const list = lists.get(of) ?? []
      const index = list.indexOf(item)
      if (index < 0) return false
      list.splice(index, 1)
      if (list.length === 0) lists.delete(of)
      size -= 1
      return true
    },
    take() {
      for (const [of, list] of lists) {
        const item = list.shift()
        // Behind all others, if it has more.
        lists.delete(of)
        if (list.length > 0) lists.set(of, list)
        size -= 1
        return item
      }
      return undefined
    },
    ahead(of) {
      const own = lists.get(of)?.length ?? 0
      if (own === 0) return lists.size
      let ahead = 0
      for (const [other, list] of lists)
        ahead += Math.min(list.length, other === of ? own : own + 1)
      return ahead
    },
    *[Symbol.iterator]() {
      for (const list of lists.values()) yield* list
    },
  }
}
