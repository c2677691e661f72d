import { invalidOption, textOf } from '../options/option-checks.ts'
import { refuseQuotes } from '../options/quotes.ts'
import { isForbiddenAddress, isForbiddenHost, isLoopbackAddress } from './forbidden-addresses.ts'

/** Whether a name that resolves to the address is refused: over plain http only this machine is reached. */
export function isBlockedAddress(address: string, protocol: string): boolean {
  return isForbiddenAddress(address) || (protocol === 'http:' && !isLoopbackAddress(address))
}

/** Names as the resolver takes them (RFC 1123 section 2.1, with the underscore of many networks), and addresses. */
const HOST = /^(?:\[[\da-f:.]+\]|[\w-]+(?:\.[\w-]+)*\.?)$/

/**
 * Parses a developer-given base URL; the result always ends in `/` and has no query, fragment or
 * user information. Throws a `ConfigError` that names `field` and never repeats the value.
 */
export function parseBaseUrl(value: string | URL, field: string): URL {
  const text = textOf(value).trim()
  refuseQuotes(text, field)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
  if (/[\u0000-\u0020\u007f\\]/.test(text)) {
    throw invalidOption(field, 'has a space, a control character or a backslash')
  }
  const url = URL.parse(text)
  // `localhost:7468` parses, with `localhost` as its scheme.
  if (!url || !text.includes('://')) {
    throw invalidOption(
      field,
      'is not an absolute URL',
      'Write it in full, such as https://api.example.com.',
    )
  }
  if (!HOST.test(url.hostname)) {
    throw invalidOption(
      field,
      'has a host with a character that no host name has, such as one of a placeholder',
      'Put in the name of the server, without what stands around it.',
    )
  }
  if (url.username || url.password) throw invalidOption(field, 'has a user name or a password')
  if (url.search || url.hash || /[?#]/.test(text))
    throw invalidOption(field, 'has a query or a fragment', `Remove it from ${field}.`)
  assertSecureHost(url, field)
  if (!url.pathname.endsWith('/')) url.pathname += '/'
  return url
}

function assertSecureHost(url: URL, field: string): void {
  if (!isSecureUrl(url)) {
    throw invalidOption(
      field,
      'does not use https',
      'Use https://; plain http is for 127.0.0.1, [::1] and localhost only.',
    )
  }
  if (isForbiddenHost(url.hostname)) {
    throw invalidOption(field, 'names a link-local or metadata address')
  }
}

/** Checked for every request: https, or http to this machine. */
export function isSecureUrl(url: URL): boolean {
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url))
}

/** Whether a URL is of this computer, over http or https, and has no credentials in it. */
export function isLocalUrl(url: URL): boolean {
  const isHttp = url.protocol === 'https:' || url.protocol === 'http:'
  return isHttp && isLoopback(url) && url.username === '' && url.password === ''
}

/** The names and addresses of this computer as the URL parser writes them most often: four numbers for any IPv4 address. */
const LOCAL_HOST = /^(?:localhost\.?|127\.\d+\.\d+\.\d+|\[::1\])$/

function isLoopback({ hostname }: URL): boolean {
  return LOCAL_HOST.test(hostname) || isLoopbackAddress(hostname)
}
