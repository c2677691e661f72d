type Fields = Readonly<Record<string, unknown>>

const MAX_LISTED = 3

/**
 * The reason in the JSON of an error answer, in the common shapes: a text; `error`, `message`, `detail` or
 * `error_description` as text; `error.message`; `title` with `detail` (RFC 9457); `errors` as a list or by
 * field. The API's own words, as they came.
 */
export function reasonIn(data: unknown): string | undefined {
  if (typeof data === 'string') return textOf(data)
  if (Array.isArray(data)) return reasonIn(data[0])
  const fields = fieldsOf(data)
  if (!fields) return undefined
  const { error } = fields
  const heading = textOf(fields['title']) ?? textOf(error)
  const sentence =
    textOf(fields['detail']) ??
    textOf(fields['message']) ??
    textOf(fields['error_description']) ??
    (fieldsOf(error) && reasonIn(error)) ??
    listed(fields['detail']) ??
    listed(fields['message']) ??
    textOf(fields['msg']) ??
    textOf(fields['reason']) ??
    textOf(fields['description'])
  return joined([heading, sentence, listed(fields['errors'])])
}

/** From the general to the particular; what a later part says already is left out. */
function joined(parts: readonly (string | undefined)[]): string | undefined {
  const known = parts.filter((part) => part !== undefined)
  const own = known.filter((part, index) => {
    return !known.some((other, at) => at > index && other.includes(part))
  })
  return own.length === 0 ? undefined : own.join(': ')
}

/** The first reasons of a list, or of an object by field: `{ amount: ['must be positive'] }`. */
function listed(value: unknown): string | undefined {
  const reasons = Array.isArray(value)
    ? value.slice(0, MAX_LISTED).map(reasonIn)
    : Object.entries(fieldsOf(value) ?? {})
        .slice(0, MAX_LISTED)
        .map(([name, one]) => named(name, reasonIn(one)))
  const known = reasons.filter((reason) => reason !== undefined)
  return known.length === 0 ? undefined : known.join('; ')
}

function named(name: string, reason: string | undefined): string | undefined {
  return reason === undefined ? undefined : `${name}: ${reason}`
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value : undefined
}

function fieldsOf(value: unknown): Fields | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name.toLowerCase(), one]))
}
