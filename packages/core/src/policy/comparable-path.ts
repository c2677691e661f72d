/**
 * A path as the most tolerant server could read it, for deciding which resource it belongs to: escapes
 * decoded twice, without regard to case and Unicode form, without path parameters (RFC 3986 section 3.3),
 * empty segments, and the dots and spaces that some servers strip from the end of a segment. Begins and
 * ends with a slash.
 */
export function comparablePath(path: string): string {
  const segments = decoded(decoded(path))
    .split(/[/\\]/)
    .map((segment) => segment.replace(/;.*$/s, '').replace(/[. ]+$/, ''))
    .filter((segment) => segment !== '')
  const text = segments.length === 0 ? '/' : `/${segments.join('/')}/`
  // Upper case, because some letters have no lower-case counterpart of their own: U+017F becomes S.
  return text.normalize('NFKC').toUpperCase()
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
