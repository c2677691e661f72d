import { type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http'
import type { Socket } from 'node:net'
import { hostOf } from './connect.ts'
import { Problem, systemCodeOf } from './problem.ts'

export interface ProbeRequest {
  readonly url: URL
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

export interface ProbeAnswer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  /** At most 64 KiB of it. */
  readonly text: string
  /** The local time half-way between request and answer, in milliseconds. */
  readonly at: number
}

const MAX_BYTES = 65_536

/** One request on a socket that is open. Follows no redirect. Throws a `Problem`. */
export function exchange(
  socket: Socket,
  { url, method = 'GET', headers = {}, body }: ProbeRequest,
  timeoutMs: number,
): Promise<ProbeAnswer> {
  const started = Date.now()
  return new Promise((resolve, reject) => {
    const outgoing = request({
      createConnection: () => socket,
      host: hostOf(url),
      setHost: false,
      method,
      path: url.pathname + url.search,
      headers: { host: url.host, accept: 'application/json', connection: 'close', ...headers },
    })
    const fail = (problem: Problem): void => {
      clearTimeout(timer)
      socket.destroy()
      reject(problem)
    }
    const timer = setTimeout(
      () => fail(new Problem('no_answer', `No answer in ${timeoutMs / 1000} s.`)),
      timeoutMs,
    )
    outgoing.on('error', (error) => fail(problemOf(error)))
    outgoing.on('response', (incoming) => {
      const at = (started + Date.now()) / 2
      readText(incoming).then(
        (text) => {
          clearTimeout(timer)
          socket.destroy()
          resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, text, at })
        },
        (error: unknown) => fail(problemOf(error)),
      )
    })
    outgoing.end(body)
  })
}

function problemOf(error: unknown): Problem {
  const code = systemCodeOf(error)
  // The first byte of a TLS alert is no HTTP.
  const packet: unknown =
    error instanceof Error && 'rawPacket' in error ? error.rawPacket : undefined
  if (packet instanceof Uint8Array && packet[0] === 0x15) return new Problem('tls_spoken')
  if (code.startsWith('HPE_')) return new Problem('not_authsec', 'What answers is no HTTP.')
  if (/CERTIFICATE_REQUIRED/.test(code)) return new Problem('client_certificate_required')
  return new Problem('connection_lost', code)
}

async function readText(incoming: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = []
  let size = 0
  for await (const piece of incoming) {
    pieces.push(piece)
    size += piece.length
    if (size >= MAX_BYTES) break
  }
  return Buffer.concat(pieces).subarray(0, MAX_BYTES).toString('utf8')
}
