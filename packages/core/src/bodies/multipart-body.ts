/** A file of a multipart body: you give its name and type, the model its content. */
export interface MultipartFile {
  readonly filename: string
  /** Such as `text/csv` or `application/pdf`. */
  readonly contentType: string
  /** How the model writes the content. Default: `utf8`, as text. */
  readonly encoding?: 'utf8' | 'base64' | undefined
}

/** One part: a field, or a file. */
export interface Part extends Partial<MultipartFile> {
  readonly name: string
  readonly value: string
}

/** A name that stands in quotes as it is: no quotes, no backslash, no control characters (RFC 7578 section 4.2). */
export function isPartName(name: unknown): name is string {
  if (typeof name !== 'string' || name.length === 0 || name.length > 200) return false
  return !/["\\\p{Cc}\u2028\u2029]/u.test(name) && name.isWellFormed()
}

const MEDIA_TYPE = /^[\w!#$&^.+-]{1,100}\/[\w!#$&^.+-]{1,100}(; ?[\w-]{1,50}=[\w.+-]{1,100})*$/

export function isMediaType(value: unknown): boolean {
  return typeof value === 'string' && MEDIA_TYPE.test(value)
}

/** Parts as multipart/form-data (RFC 7578). */
export function multipartBody(parts: readonly Part[]): {
  bytes: Uint8Array<ArrayBuffer>
  contentType: string
} {
  const contents = parts.map(contentOf)
  const boundary = boundaryFor(contents)
  const text = new TextEncoder()
  const pieces = parts.flatMap((part, index) => [
    text.encode(`--${boundary}\r\n${headOf(part)}\r\n`),
    contents[index] ?? new Uint8Array(),
    text.encode('\r\n'),
  ])
  const bytes = joined([...pieces, text.encode(`--${boundary}--\r\n`)])
  return { bytes, contentType: `multipart/form-data; boundary=${boundary}` }
}

function headOf({ name, filename, contentType }: Part): string {
  const disposition = `Content-Disposition: form-data; name="${name}"`
  if (filename === undefined) return `${disposition}\r\n`
  return `${disposition}; filename="${filename}"\r\nContent-Type: ${contentType}\r\n`
}

function contentOf({ value, encoding }: Part): Uint8Array {
  if (encoding !== 'base64') return new TextEncoder().encode(value)
  return Uint8Array.from(atob(value), (character) => character.charCodeAt(0))
}

/** Of 192 random bits, so that nobody can write it into a part, and in no part all the same. */
function boundaryFor(contents: readonly Uint8Array[]): string {
  for (;;) {
    const random = crypto.getRandomValues(new Uint8Array(24))
    const boundary = `authsec-${[...random].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`
    if (!contents.some((content) => latin1.decode(content).includes(boundary))) return boundary
  }
}

const latin1 = new TextDecoder('latin1')

function joined(pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0))
  let at = 0
  for (const piece of pieces) {
    bytes.set(piece, at)
    at += piece.length
  }
  return bytes
}
