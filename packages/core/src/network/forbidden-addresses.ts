/**
 * The hosts that no request is sent to, because they serve machine credentials or no service at all.
 * Private addresses are allowed: developers configure them, and internal APIs live there.
 *
 * `@authsec/core` and `@authsec/verify` cannot import each other, so each has this file, and a test of
 * verify holds the two equal. It imports nothing, because some runtimes of verify have no `BlockList`.
 */
const FORBIDDEN_IPV4 = [
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
  // 0.0.0.0/8, which is not written inside other IPv6 addresses: ::1 would be one of them.
  '::ffff:0:0/104',
]
const LOOPBACK = ['::ffff:127.0.0.0/104', '::1/128']

const METADATA_NAME =
  /^(metadata|metadata\.goog|metadata\.google\.internal|instance-data|instance-data\.ec2\.internal)\.?$/i

// Made at first use: they would be a tenth of the time that an import takes.
let forbiddenPrefixes: readonly string[] | undefined
let loopbackPrefixes: readonly string[] | undefined

/** True for link-local, metadata, unspecified and multicast addresses. */
export function isForbiddenAddress(address: string): boolean {
  forbiddenPrefixes ??= [...FORBIDDEN_IPV6, ...FORBIDDEN_IPV4.flatMap(embedded)].map(prefixOf)
  return startsWithOne(address, forbiddenPrefixes)
}

/** True for 127.0.0.0/8 and ::1, also as the host of a URL. */
export function isLoopbackAddress(address: string): boolean {
  loopbackPrefixes ??= LOOPBACK.map(prefixOf)
  return startsWithOne(address, loopbackPrefixes)
}

/** The same as `isForbiddenAddress` for the host of a URL, which may also be the name of a metadata service. */
export function isForbiddenHost(hostname: string): boolean {
  return isForbiddenAddress(hostname) || METADATA_NAME.test(hostname)
}

/** The host of a URL without the brackets of an IPv6 address and the dot of a complete name. */
export function bareHost(hostname: string): string {
  return hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '')
}

/** The ways to write an IPv4 network inside an IPv6 address that route to it: mapped, translated, NAT64, compatible, 6to4. */
function embedded(network: string): string[] {
  const [address = '', length] = network.split('/')
  const [a = 0, b = 0, c = 0, d = 0] = address.split('.').map(Number)
  const groups = `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`
  return [
    ...['::ffff:', '::ffff:0:', '64:ff9b::', '::'].map(
      (prefix) => `${prefix}${groups}/${96 + Number(length)}`,
    ),
    `2002:${groups}::/${16 + Number(length)}`,
  ]
}

function startsWithOne(address: string, prefixes: readonly string[]): boolean {
  const bits = bitsOf(address)
  return bits !== undefined && prefixes.some((prefix) => bits.startsWith(prefix))
}

function prefixOf(network: string): string {
  const [address = '', length] = network.split('/')
  return (bitsOf(address) ?? '').slice(0, Number(length))
}

/** The 128 bits of an address, an IPv4 address as IPv6 maps it; `undefined` for anything else. */
function bitsOf(address: string): string | undefined {
  const isIPv4 = /^\d{1,3}(?:\.\d{1,3}){3}$/.test(address)
  if (!isIPv4 && !address.includes(':')) return undefined
  // A URL puts brackets around an address. A link-local one can end in the name of an interface.
  const text = isIPv4 ? `::ffff:${address}` : address.replace(/^\[|\]$|%.*$/gs, '')
  // The URL parser reads every spelling of an address and writes groups of hexadecimal digits.
  const host = URL.parse(`http://[${text}]`)?.hostname.slice(1, -1)
  if (host === undefined) return undefined
  const [left = '', right] = host.split('::')
  const [before, after] = [groupsOf(left), groupsOf(right ?? '')]
  const between = right === undefined ? [] : Array(8 - before.length - after.length).fill('0')
  return [...before, ...between, ...after]
    .map((group) => Number.parseInt(group, 16).toString(2).padStart(16, '0'))
    .join('')
}

function groupsOf(text: string): string[] {
  return text === '' ? [] : text.split(':')
}
