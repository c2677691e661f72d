import { type LookupAddress, type LookupOptions, lookup } from 'node:dns'
import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { Readable } from 'node:stream'
import { isForbiddenAddress, isLoopbackAddress } from '../network/forbidden-addresses.ts'
import { type ProxyRules, usesProxy } from '../network/proxy-rules.ts'

/**
 * The part of `fetch` that `requestJson` needs, directly or through a proxy. Directly, it checks the addresses that a name resolves to, connects
 * to exactly those, and follows no redirect. Sockets are not shared: another part of the program could
 * have opened one without the check.
 */
export async function guardedFetch(
  input: string,
  init: RequestInit,
  proxy?: ProxyRules,
): Promise<Response> {
  const url = new URL(input)
  const options = {
    method: init.method ?? 'GET',
    headers: Object.fromEntries(new Headers(init.headers)),
    ...(init.signal && { signal: init.signal }),
  }
  if (proxy && usesProxy(proxy, url)) {
    const { connectThrough } = await import('./proxy-tunnel.ts')
    const signal = init.signal ?? undefined
    const socket = await connectThrough(proxy, url, { lookup: guardedLookup(false), signal })
    const request = httpsRequest(url, { ...options, createConnection: () => socket })
    return toResponse(await responseOf(request, init.body))
  }
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest
  const request = send(url, {
    ...options,
    agent: false,
    // Plain http is for this machine only, so a name such as localhost must not lead elsewhere.
    lookup: guardedLookup(url.protocol === 'http:'),
  })
  return toResponse(await responseOf(request, init.body))
}

function responseOf(request: ClientRequest, body: RequestInit['body']): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request.on('response', resolve)
    request.on('error', reject)
    request.end(body ?? undefined)
  })
}

/** Statuses with which a `Response` must not have a body (Fetch 2.2.3). */
const WITHOUT_BODY: readonly unknown[] = [204, 205, 304]

function toResponse(message: IncomingMessage): Response {
  const headers = new Headers()
  for (const [name, values = []] of Object.entries(message.headersDistinct)) {
    for (const value of values) headers.append(name, value)
  }
  const init = { status: message.statusCode ?? 0, headers }
  if (WITHOUT_BODY.includes(init.status)) {
    message.destroy()
    return new Response(null, init)
  }
  return new Response(Readable.toWeb(message) as ReadableStream<Uint8Array>, init)
}

type LookupCallback = (
  error: NodeJS.ErrnoException | null,
  address: string | LookupAddress[],
  family?: number,
) => void

/**
 * Resolves names as `dns.lookup` does. Refuses a name of which any answer is a metadata or link-local
 * address. For `onlyLoopback`, answers that are not addresses of this machine do not count.
 */
function guardedLookup(
  onlyLoopback: boolean,
): (hostname: string, options: LookupOptions, callback: LookupCallback) => void {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, answers) => {
      if (error) return callback(error, '')
      const addresses = onlyLoopback ? answers.filter(isOfThisMachine) : answers
      const [first] = addresses
      if (!first || addresses.some(({ address }) => isForbiddenAddress(address))) {
        return callback(blocked(), '')
      }
      if (options.all) return callback(null, addresses)
      callback(null, first.address, first.family)
    })
  }
}

function isOfThisMachine({ address }: LookupAddress): boolean {
  return isLoopbackAddress(address)
}

function blocked(): NodeJS.ErrnoException {
  return Object.assign(new Error('The address is blocked.'), { code: 'EBLOCKED' })
}
