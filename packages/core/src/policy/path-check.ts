import type { ResourceError } from '../errors.ts'
import { resourceError } from './resource-error.ts'

const MAX_URL_LENGTH = 2048

/** Refuses a path, without its leading slash, that a parser or a server could read as more than a path below the base. */
export function assertPath(path: string): void {
  assertLength(path)
  // The unreserved and sub-delimiter characters of RFC 3986, without `\`, `?` and `#`.
  if (!/^[A-Za-z0-9\-._~!$&'()*+,;=@:%/]*$/.test(path)) {
    throw endpointRefused('has a character that a path may not contain')
  }
  if (path.startsWith('/') || looksAbsolute(path)) {
    throw endpointRefused('is an absolute URL or has a scheme')
  }
  assertSegments(path)
  if (path.includes('%')) assertEscapes(path)
}

/** A path is also refused for what its escapes become, decoded once or twice, and for what a server makes of compatible letters: U+FF0E is a dot for some. */
function assertEscapes(path: string): void {
  if (/%(2[de]|3[0-9]|4[1-9a-f]|5[0-9af]|6[1-9a-f]|7[0-9ae])/i.test(path)) {
    throw endpointRefused('escapes a character that needs no escape')
  }
  const once = decodePath(path)
  const twice = decodePath(once, true)
  const compatible = decodePath(twice.normalize('NFKC'), true)
  for (const text of [once, twice, compatible]) assertSegments(text)
  if (/%2f|%5c/i.test(path) || /%2f|%5c/i.test(once)) throw endpointRefused('hides a slash')
}

/** Whether `assertPath` accepts the path. */
export function isPlainPath(path: string): boolean {
  try {
    assertPath(path)
    return true
  } catch {
    return false
  }
}

/** The characters that need no escape (RFC 3986 section 2.3), and escapes. */
const NAME = '(?:[A-Za-z0-9._~-]|%[0-9A-Fa-f]{2})+'
const NAME_COLON_NAME = new RegExp(`^(${NAME}):${NAME}$`)

/** Schemes that parsers, browsers or HTTP clients act on, also without slashes: `https:x` and `javascript:x`. */
const SCHEME =
  /^(https?|wss?|[st]?ftps?|file|filesystem|(java|vb|live)script|data|blob|about|mailto|tel|sms|view-source|jar|gopher|ldaps?|dict|unix|urn|cid|chrome(-extension)?|intent|php|phar|ssh|telnet|smb|nfs)$/i
const HOST_AND_PORT = /^(.*\..*|localhost):[0-9]+$/i

/**
 * Whether the colon in a first segment could end a scheme or a host (RFC 3986 section 4.2). In a custom
 * method, such as `documents:batchGet`, it cannot: that is a name, one colon and a name.
 */
function looksAbsolute(path: string): boolean {
  const [first = ''] = path.split('/', 1)
  if (!first.includes(':')) return false
  const name = NAME_COLON_NAME.exec(first)?.[1]
  if (name === undefined) return true
  const [scheme = ''] = decodePath(decodePath(name, true), true).trim().split(':', 1)
  return SCHEME.test(scheme) || HOST_AND_PORT.test(first)
}

export function assertLength(text: string): void {
  if (text.length <= MAX_URL_LENGTH) return
  throw endpointRefused(`is longer than ${MAX_URL_LENGTH} characters`)
}

/** Some servers strip white space and further dots from a name, and what is left then leads upwards. */
const DOTS = /^\s*\.[\s.]*$/

function assertSegments(path: string): void {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
  if (/[\u0000-\u001f\u007f\\]/.test(path))
    throw endpointRefused('has a control character or a backslash')
  for (const segment of path.split('/')) {
    const name = segment.split(';', 1)[0]
    if (DOTS.test(name ?? '')) throw endpointRefused('contains a dot segment')
  }
}

/** Text that was decoded once may hold a percent sign of its own, but nothing that looks like an escape. */
function decodePath(path: string, isDecoded = false): string {
  try {
    return decodeURIComponent(path)
  } catch {
    if (isDecoded && !/%[0-9a-f]{2}/i.test(path)) return path
    throw endpointRefused('has an invalid percent escape')
  }
}

export function endpointRefused(problem: string): ResourceError {
  return resourceError(
    'endpoint_refused',
    `The endpoint ${problem}, so nothing was sent.`,
    'Give a plain path below the API, such as customers/42/billing, and pass the query separately.',
  )
}
