import { BlockList, isIP } from 'node:net'
import { invalidOption } from '../support/option-checks.ts'

/**
 * The hosts that may receive a bearer: https anywhere, plain http on loopback only, and never an address
 * that serves machine credentials. Private addresses are allowed: developers configure them, and
 * internal APIs live there.
 */
const FORBIDDEN_IPV4 = [
  '0.0.0.0/8',
  '169.254.0.0/16',
  '224.0.0.0/4',
  '240.0.0.0/4',
  // Metadata services outside of the link-local range: Alibaba, Oracle, Azure.
  '100.100.100.200/32',
  '192.0.0.192/32',
  '168.63.129.16/32',
]
const FORBIDDEN_IPV6 = [
  '::/128',
  'fe80::/10',
  'ff00::/8',
  // Metadata services of AWS (also for EKS pods) and Google.
  'fd00:ec2::254/128',
  'fd00:ec2::23/128',
  'fd20:ce::254/128',
  // NAT64 for local use (RFC 8215): any IPv4 address can be behind it.
  '64:ff9b:1::/48',
]

const forbidden = blockList(
  ...FORBIDDEN_IPV4,
  ...FORBIDDEN_IPV6,
  ...FORBIDDEN_IPV4.slice(1).flatMap(embedded),
)
const loopback = blockList('127.0.0.0/8', '::1/128')

const METADATA_NAME =
  /^(metadata|metadata\.goog|metadata\.google\.internal|instance-data|instance-data\.ec2\.internal)$/i

/** True for link-local, metadata, unspecified and multicast addresses. */
export function isForbiddenAddress(address: string): boolean {
  return isIn(forbidden, address)
}

/** The ways to write an IPv4 network inside an IPv6 address that route to it: mapped, translated, NAT64, compatible, 6to4. */
function embedded(network: string): string[] {
  const [address = '', bits = ''] = network.split('/')
  const length = Number(bits)
  const [a = 0, b = 0, c = 0, d = 0] = address.split('.').map(Number)
  const groups = `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`
  return [
    ...['::ffff:', '::ffff:0:', '64:ff9b::', '::'].map(
      (prefix) => `${prefix}${groups}/${96 + length}`,
    ),
    `2002:${groups}::/${16 + length}`,
  ]
}

function blockList(...networks: string[]): BlockList {
  const list = new BlockList()
  for (const network of networks) {
    const [address = '', bits] = network.split('/')
    list.addSubnet(address, Number(bits), familyOf(address))
  }
  return list
}

function isIn(list: BlockList, host: string): boolean {
  return isIP(host) !== 0 && list.check(host, familyOf(host))
}

/** For valid addresses only: the first call of `isIP` takes milliseconds, which every import would pay. */
function familyOf(address: string): 'ipv4' | 'ipv6' {
  return address.includes(':') ? 'ipv6' : 'ipv4'
}

/**
 * Parses a developer-given base URL; the result always ends in `/` and has no query, fragment or
 * user information. Throws a `ConfigError` that names `field` and never repeats the value.
 */
export function parseBaseUrl(value: string | URL, field: string): URL {
  const text = String(value).trim()
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
  if (/[\u0000-\u0020\u007f\\]/.test(text)) {
    throw invalidOption(field, 'has a space, a control character or a backslash')
  }
  const url = URL.parse(text)
  if (!url) {
    throw invalidOption(
      field,
      'is not an absolute URL',
      'Write it in full, such as https://api.example.com.',
    )
  }
  if (url.username || url.password) throw invalidOption(field, 'has a user name or a password')
  if (url.search || url.hash || /[?#]/.test(text))
    throw invalidOption(field, 'has a query or a fragment')
  assertSecureHost(url, field)
  if (!url.pathname.endsWith('/')) url.pathname += '/'
  return url
}

function assertSecureHost(url: URL, field: string): void {
  const host = bareHost(url)
  if (!isSecureUrl(url)) {
    throw invalidOption(
      field,
      'does not use https',
      'Use https://; plain http is for 127.0.0.1, [::1] and localhost only.',
    )
  }
  if (isForbiddenAddress(host) || METADATA_NAME.test(host)) {
    throw invalidOption(field, 'names a link-local or metadata address')
  }
}

/** Checked for every request: https, or http to this machine. */
export function isSecureUrl(url: URL): boolean {
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(bareHost(url)))
}

function bareHost(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '')
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || isIn(loopback, host)
}
