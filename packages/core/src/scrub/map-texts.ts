/** Changes every text and every key of parsed JSON. Copies only what changes: a clean document is returned as it is. */
export function mapTexts(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === 'string') return change(value)
  if (typeof value !== 'object' || value === null) return value
  return Array.isArray(value) ? mapItems(value, change) : mapMembers(value, change)
}

function mapItems(items: unknown[], change: (text: string) => string): unknown[] {
  let copy: unknown[] | undefined
  for (const [index, item] of items.entries()) {
    const changed = mapTexts(item, change)
    if (changed === item) continue
    copy ??= [...items]
    copy[index] = changed
  }
  return copy ?? items
}

function mapMembers(object: object, change: (text: string) => string): object {
  const names = Object.keys(object)
  const isSame = names.every((name) => {
    const value: unknown = Reflect.get(object, name)
    return change(name) === name && mapTexts(value, change) === value
  })
  if (isSame) return object
  return Object.fromEntries(
    names.map((name) => [change(name), mapTexts(Reflect.get(object, name), change)]),
  )
}
