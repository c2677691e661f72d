import { BlockList, isIP } from 'node:net'
import { ConfigError } from './errors.ts'

/**
 * Which hosts may ever be talked to with a bearer: https everywhere, plain http on loopback alone,
 * and never an address that serves machine credentials. Private addresses are fine: a developer
 * names them, and internal APIs live there.
 */
const forbidden = new BlockList()
forbidden.addSubnet('0.0.0.0', 8, 'ipv4')
forbidden.addSubnet('169.254.0.0', 16, 'ipv4')
forbidden.addSubnet('224.0.0.0', 4, 'ipv4')
forbidden.addSubnet('240.0.0.0', 4, 'ipv4')
forbidden.addAddress('100.100.100.200', 'ipv4')
forbidden.addAddress('192.0.0.192', 'ipv4')
forbidden.addAddress('::', 'ipv6')
forbidden.addSubnet('fe80::', 10, 'ipv6')
forbidden.addSubnet('ff00::', 8, 'ipv6')
forbidden.addAddress('fd00:ec2::254', 'ipv6')
// An IPv4 address can be written inside an IPv6 one in three ways that route to it.
for (const prefix of ['::ffff:', '64:ff9b::', '::']) {
  forbidden.addSubnet(`${prefix}169.254.0.0`, 112, 'ipv6')
}

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8, 'ipv4')
loopback.addAddress('::1', 'ipv6')

const metadataNames = new Set([
  'metadata',
  'metadata.goog',
  'metadata.google.internal',
  'instance-data',
])

/** True for link-local, metadata, unspecified and multicast addresses. */
export function isForbiddenAddress(address: string): boolean {
  const version = isIP(address)
  return version !== 0 && forbidden.check(address, version === 6 ? 'ipv6' : 'ipv4')
}

/**
 * Parses a developer-given base URL; the result always ends in `/` and has no query, fragment or
 * user information. Throws a `ConfigError` that names `field` and never repeats the value.
 */
export function parseBaseUrl(value: string | URL, field: string): URL {
  const text = String(value).trim()
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
  if (/[\u0000-\u0020\u007f\\]/.test(text)) {
    throw invalid(field, 'contains a space, a control character or a backslash')
  }
  if (!URL.canParse(text)) {
    throw invalid(
      field,
      'is not an absolute URL',
      'Write it in full, such as https://api.example.com.',
    )
  }
  const url = new URL(text)
  if (url.username || url.password) throw invalid(field, 'carries a user name or a password')
  if (url.search || url.hash || /[?#]/.test(text)) throw invalid(field, 'has a query or a fragment')
  assertSecureHost(url, field)
  if (!url.pathname.endsWith('/')) url.pathname += '/'
  return url
}

function assertSecureHost(url: URL, field: string): void {
  const host = bareHost(url)
  if (!isSecureUrl(url)) {
    throw invalid(
      field,
      'does not use https',
      'Use https://; plain http is for 127.0.0.1, [::1] and localhost only.',
    )
  }
  if (isForbiddenAddress(host) || metadataNames.has(host.toLowerCase())) {
    throw invalid(field, 'names a link-local or metadata address, where no API may be')
  }
}

/** The one gate every request passes: https, or http to this machine. */
export function isSecureUrl(url: URL): boolean {
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(bareHost(url)))
}

function bareHost(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '')
}

function isLoopback(host: string): boolean {
  if (host === 'localhost') return true
  const version = isIP(host)
  return version !== 0 && loopback.check(host, version === 6 ? 'ipv6' : 'ipv4')
}

function invalid(field: string, problem: string, hint = `Correct ${field}.`): ConfigError {
  return new ConfigError({ code: 'config_invalid', message: `${field} ${problem}.`, hint })
}
