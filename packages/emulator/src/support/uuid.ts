/** The canonical text form of a UUID (RFC 9562, section 4), in either case. */
export const UUID: RegExp = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

export interface ParsedUuid {
  /** The canonical form. */
  readonly uuid: string
  /** Whether the text was in the canonical form. The server's database finds no other one (contract 1.1). */
  readonly isCanonical: boolean
  /** The database cannot even compare this form. */
  readonly isUrn: boolean
}

/** Reads the forms of a UUID that the server's parser accepts (contract 1.1). */
export function parseUuid(text: string): ParsedUuid | undefined {
  const isUrn = /^urn:uuid:/i.test(text)
  const digits = text.replace(/^urn:uuid:/i, '').replace(/^\{(.*)\}$/, '$1')
  const match =
    /^([0-9a-f]{8})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{12})$/i.exec(digits) ??
    /^([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})$/i.exec(text)
  if (!match) return undefined
  const uuid = match.slice(1).join('-').toLowerCase()
  return { uuid, isCanonical: uuid === text, isUrn }
}
