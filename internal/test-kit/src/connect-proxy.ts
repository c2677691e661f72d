import { createServer as createHttpServer, type Server } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { type AddressInfo, connect, type Socket } from 'node:net'
import type { SelfSigned } from './self-signed.ts'

export interface ConnectProxyOptions {
  /** Where a host and port lead that only the proxy knows, such as `api.example.test:443`. */
  readonly routes?: Readonly<Record<string, string>>
  /** The user name and the password that the proxy asks for, as `user:password`. */
  readonly credentials?: string
  /** Answers every CONNECT with this status and opens no tunnel. */
  readonly refuse?: number
  /** Takes connections and never answers. */
  readonly isSilent?: boolean
  /** Makes it an https proxy. */
  readonly tls?: SelfSigned
}

export interface ConnectProxy extends AsyncDisposable {
  readonly url: string
  readonly port: number
  /** The targets of CONNECT, in order. */
  readonly targets: readonly string[]
  /** Other requests than CONNECT: whoever sends one shows it to the proxy. */
  readonly forwarded: readonly string[]
  /** Whatever could be read by the proxy, as text. */
  readonly seen: readonly string[]
}

/** Starts a proxy on 127.0.0.1 that tunnels (RFC 9110 section 9.3.6). */
export async function startConnectProxy(options: ConnectProxyOptions = {}): Promise<ConnectProxy> {
  const { routes = {}, credentials, refuse, isSilent, tls } = options
  const [targets, forwarded, seen]: [string[], string[], string[]] = [[], [], []]
  const sockets = new Set<Socket>()
  const server: Server = tls ? createHttpsServer({ ...tls }) : createHttpServer()
  server.on('request', (request, response) => {
    forwarded.push(`${request.method} ${request.url}`)
    seen.push(JSON.stringify(request.headers))
    response.writeHead(501).end()
  })
  server.on('connection', (socket: Socket) => void sockets.add(socket))
  server.on('connect', (request, socket: Socket) => {
    const target = request.url ?? ''
    targets.push(target)
    seen.push(JSON.stringify(request.headers))
    socket.on('error', () => undefined)
    if (isSilent) return
    const status = refuse ?? (isAllowed(request.headers['proxy-authorization']) ? 200 : 407)
    if (status !== 200) return void socket.end(`HTTP/1.1 ${status} Refused\r\n\r\n`)
    const [host = '', port = ''] = (routes[target] ?? target).split(':')
    const remote = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
      socket.on('data', (bytes) => seen.push(bytes.toString('latin1')))
      remote.pipe(socket)
      socket.pipe(remote)
    })
    sockets.add(remote)
    remote.on('error', () => socket.destroy())
  })

  function isAllowed(header: string | undefined): boolean {
    if (credentials === undefined) return true
    return header === `Basic ${Buffer.from(credentials).toString('base64')}`
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `${tls ? 'https' : 'http'}://127.0.0.1:${port}`,
    port,
    targets,
    forwarded,
    seen,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
