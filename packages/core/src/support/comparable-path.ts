/**
 * A path as the most tolerant server could read it, for deciding which resource it belongs to: escapes
 * decoded twice, without regard to case and Unicode form, without path parameters (RFC 3986 section 3.3),
 * empty segments, the dots that some servers strip from the end of a segment, and white space and control
 * characters at both ends. Begins and ends with a slash.
 */
export function comparablePath(path: string): string {
  // A slash or an escape can come out of compatible letters, such as U+FF0F, so the form comes before the parts.
  const plain = decoded(decoded(decoded(path)).normalize('NFKC'))
  const segments = plain
    .split(/[/\\]/)
    .map((segment) => segment.replace(/;.*$/s, '').replace(EDGES, ''))
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
