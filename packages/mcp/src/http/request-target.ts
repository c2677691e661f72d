import type { IncomingMessage } from 'node:http'

/** A name or an address, with or without a port (RFC 9110 section 7.2). */
const HOST = /^(?:\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::\d{1,5})?$/i

/** The URL of a request, or why it has none and must be answered with 400. */
export type RequestTarget = { readonly url: URL } | { readonly problem: string }

/**
 * Puts together the URL of a request from its `Host` and its target (RFC 9112 section 3.2). There must be
 * exactly one `Host`: which of two counts is not the same for every program. A target that is a whole URL
 * must name the same host.
 *
 * `@authsec/emulator` and `@authsec/mcp` cannot import each other, so each has this file, and a test of
 * mcp holds the two equal.
 */
export function requestTarget({
  url: target = '',
  headersDistinct,
}: IncomingMessage): RequestTarget {
  const { host: hosts = [] } = headersDistinct
  const [host = ''] = hosts
  const server = HOST.test(host) ? URL.parse(`http://${host}`) : null
  if (hosts.length !== 1 || !server) {
    return { problem: 'The request must have one Host header, and it must hold a host.' }
  }
  const url = URL.parse(target.startsWith('/') ? `http://${host}${target}` : target)
  if (!url || url.origin !== server.origin || url.username || url.password || url.hash) {
    return { problem: 'The target of the request must be a path of this server.' }
  }
  return { url }
}
