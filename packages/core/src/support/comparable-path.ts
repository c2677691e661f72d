/**
 * A path as the most tolerant server could read it, for deciding which resource it belongs to: escapes
 * decoded twice, without regard to case and Unicode form, without path parameters (RFC 3986 section 3.3),
 * empty segments, the dots that some servers strip from the end of a segment, and white space and control
 * characters at both ends. Begins and ends with a slash.
 */
export function comparablePath(path: string): string {
  // A slash or an escape can come out of compatible letters, such as U+FF0F, so the form comes before the parts.
  return fromPlain(decoded(decoded(decoded(path)).normalize('NFKC')))
}

/**
 * All that such servers could read. To one that knows no Unicode forms, U+FF0F is no slash but a part of the
 * parameter before it: `;%EF%BC%8Fx/admin` is `x/admin` to one server, and `admin` to another.
 */
export function comparableReadings(path: string): readonly string[] {
  const compatible = comparablePath(path)
  const literal = path.includes('%') ? fromPlain(decoded(decoded(decoded(path)))) : compatible
  return literal === compatible ? [compatible] : [compatible, literal]
}

function fromPlain(plain: string): string {
  const segments = plain
    .split(/[/\\]/)
    .map((segment) => segment.replace(/;.*$/s, '').normalize('NFKC').replace(EDGES, ''))
    .filter((segment) => segment !== '')
  const text = segments.length === 0 ? '/' : `/${segments.join('/')}/`
  // Upper case, because some letters have no lower-case counterpart of their own: U+017F becomes S.
  return text.toUpperCase()
}

/** Some servers strip white space like a command line, and cut a name at a control character. */
const EDGES = /^[\s\p{Cc}]+|[.\s\p{Cc}]+$/gu

function decoded(text: string): string {
  if (!text.includes('%')) return text
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
