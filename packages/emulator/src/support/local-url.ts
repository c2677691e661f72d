import { BlockList, isIP } from 'node:net'

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8, 'ipv4')
loopback.addAddress('::1', 'ipv6')

/**
 * Whether a text is an http URL of this computer without a query. The emulator sends tokens, and whatever a
 * model makes of its requests, to no other.
 */
export function isLocalUrl(text: string): boolean {
  if (!URL.canParse(text)) return false
  const url = new URL(text)
  const hasOnlyAPath = url.search === '' && url.hash === '' && !/[?#]/.test(text)
  const isAnonymous = url.username === '' && url.password === ''
  const isHttp = url.protocol === 'http:' || url.protocol === 'https:'
  return isHttp && hasOnlyAPath && isAnonymous && isLoopback(url.hostname.replace(/^\[|\]$/g, ''))
}

function isLoopback(host: string): boolean {
  const version = isIP(host)
  if (version === 0) return host === 'localhost'
  return loopback.check(host, version === 4 ? 'ipv4' : 'ipv6')
}
