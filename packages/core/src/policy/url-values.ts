/**
 * The one rule by which a value becomes text of a URL, in a path and in a query alike: text as it is,
 * booleans, finite numbers and BigInts in decimal, dates in ISO 8601. Everything else has no text, because
 * an API would read what JavaScript makes of it, such as `null`, `NaN` or `[object Object]`.
 */
export type UrlText = { readonly text: string } | { readonly problem: string }

export function urlText(value: unknown): UrlText {
  switch (typeof value) {
    case 'string':
      return value.isWellFormed() ? { text: value } : { problem: 'is not valid text' }
    case 'boolean':
    case 'bigint':
      return { text: String(value) }
    case 'number':
      return Number.isFinite(value)
        ? { text: String(value) }
        : { problem: 'is not a finite number' }
  }
  if (value instanceof Date) {
    const isValid = !Number.isNaN(value.getTime())
    return isValid ? { text: value.toISOString() } : { problem: 'is not a valid date' }
  }
  if (value === undefined || value === null) return { problem: 'has no value' }
  return { problem: 'is not a text, a number, a boolean or a date' }
}

/** A name for an error message. Names can come from a model, and a message is one plain sentence. */
export function shownName(name: string): string | undefined {
  return /^[\w.[\]-]{1,64}$/.test(name) ? name : undefined
}
