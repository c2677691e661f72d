import { invalidOption, missingOption, mustBe } from '../options/option-checks.ts'
import { refuseQuotes } from '../options/quotes.ts'
import { isForbiddenHost } from './forbidden-addresses.ts'

/** Names as the resolver takes them (RFC 1123 section 2.1, with the underscore of many networks), and addresses. */
const HOST = /^(?:\[[\da-f:.]+\]|[\w-]+(?:\.[\w-]+)*\.?)$/

/**
 * The URL of an option: https everywhere, plain http for this machine only, and no user name, password
 * or fragment. Throws a `ConfigError` otherwise.
 */
export function secureUrl(value: unknown, field: string): URL {
  const url = absoluteUrl(value, field)
  const isLoopback = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/.test(url.hostname)
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback)) {
    const hint = 'Use https. Plain http is allowed for localhost, 127.0.0.1 and [::1] only.'
    throw invalidOption(field, 'must use https', hint)
  }
  if (url.username || url.password || url.hash) {
    const hint = `Remove the user name, the password and the fragment from ${field}.`
    throw invalidOption(field, 'must not have a user name, a password or a fragment', hint)
  }
  return url
}

/** The URL of an option that the verifier sends requests to. It also must not name a metadata service. */
export function requestUrl(value: unknown, field: string): URL {
  const url = secureUrl(value, field)
  if (isForbiddenHost(url.hostname)) {
    const hint = `Set ${field} to a server of AuthSec or of your own.`
    throw invalidOption(field, 'must not name a link-local or metadata address', hint)
  }
  return url
}

function absoluteUrl(value: unknown, field: string): URL {
  const what = 'an absolute URL'
  const hint = `Set ${field} to a URL with its scheme, such as https://auth.example.com.`
  if (value === undefined) throw missingOption(field, hint)
  const isTextOrUrl = (typeof value === 'string' && value !== '') || value instanceof URL
  if (!isTextOrUrl) throw mustBe(field, what, value, hint)
  const text = String(value).trim()
  refuseQuotes(text, field)
  // `localhost:7468` parses, with `localhost` as its scheme.
  if (!URL.canParse(text) || !text.includes('://'))
    throw mustBe(field, what, value, hint, 'another string')
  const url = new URL(text)
  if (HOST.test(url.hostname)) return url
  const problem = 'has a host with a character that no host name has, such as one of a placeholder'
  const remedy = 'Put in the name of the server, without what stands around it.'
  throw invalidOption(field, problem, remedy)
}

/** The address of a service of the AuthSec server, given as its root or as `…/authsec` (contract 0). */
export function serviceUrl(authSecUrl: unknown, action: 'bundle' | 'validate'): URL {
  const url = requestUrl(authSecUrl, 'authSecUrl')
  if (!/^(?:\/authsec)?\/*$/.test(url.pathname) || url.search) {
    const hint = 'Set authSecUrl to the root of the server, such as https://auth.example.com.'
    const isTwice = /^(?:\/authsec){2,}\/*$/.test(url.pathname)
    const problem = isTwice
      ? 'has /authsec more than once'
      : 'must be the root of the AuthSec server'
    throw invalidOption('authSecUrl', problem, hint)
  }
  url.pathname = `/authsec/spiresvc/v1/jwt/${action}`
  return url
}
