/**
 * A path as the most tolerant server could read it, for deciding which resource it belongs to: escapes
 * decoded twice, without regard to case and Unicode form, without path parameters (RFC 3986 section 3.3),
 * empty segments, the dots that some servers strip from the end of a segment, and white space and control
 * characters at both ends. Begins and ends with a slash.
 */
export function comparablePath(path: string): string {
  // A slash or an escape can come out of compatible letters, such as U+FF0F, so the form comes before the parts.
  return fromParts(decoded(decoded(decoded(path)).normalize('NFKC')))
}

/** How many times a server may decode a path before it looks for slashes and parameters. */
const MOST_DECODINGS = 3

/**
 * All that such servers could read, because what is a slash to one is a part of a parameter to another:
 * `;%EF%BC%8Fx/admin` is `x/admin` to one that knows Unicode forms, and `admin` to others, and so is `;%25252Fx/admin`
 * to servers that decode more or fewer times.
 */
export function comparableReadings(path: string): readonly string[] {
  const readings = new Set([comparablePath(path)])
  let text = path.includes('%') ? path : ''
  for (let count = 0; text !== '' && count <= MOST_DECODINGS; count++) {
    readings.add(fromParts(text)).add(fromParts(text.normalize('NFKC')))
    text = decoded(text)
  }
  return [...readings]
}

/** The names between the slashes of a text, without parameters. What a name still hides is compared as it is meant. */
function fromParts(text: string): string {
  const names = text
    .split(/[/\\]/)
    .map((part) => nameOf(part.replace(/;.*$/s, '')))
    .filter((name) => name !== '')
  const joined = names.length === 0 ? '/' : `/${names.join('/')}/`
  // Upper case, because some letters have no lower-case counterpart of their own: U+017F becomes S.
  return joined.toUpperCase()
}

function nameOf(part: string): string {
  return decoded(decoded(decoded(part)).normalize('NFKC')).replace(EDGES, '')
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
