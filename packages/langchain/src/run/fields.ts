/** Reads what no type promises: LangGraph hands over more than it declares. */
export function fieldOf(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>((found, name) => {
    return isObject(found) ? Reflect.get(found, name) : undefined
  }, value)
}

export function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
