import { isLoopbackHost } from './addresses.ts'

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
  return isHttp && hasOnlyAPath && isAnonymous && isLoopbackHost(url.hostname)
}
