import { type AddressInfo, connect, type Socket } from 'node:net'
import { createServer, getCACertificates, setDefaultCACertificates } from 'node:tls'
import { type SelfSigned, selfSigned } from './self-signed.ts'

export interface TlsFront extends AsyncDisposable {
  readonly port: number
  /** For NODE_EXTRA_CA_CERTS of other processes. */
  readonly cert: string
}

export interface TlsFrontOptions {
  /** Default: a new one for the names. */
  readonly certificate?: SelfSigned
  /** Default: true. */
  readonly isTrusted?: boolean
}

/** TLS in front of a server on 127.0.0.1, under names that this process trusts until the front is closed. */
export async function startTlsFront(
  baseUrl: string,
  names: readonly string[],
  { certificate = selfSigned(names), isTrusted = true }: TlsFrontOptions = {},
): Promise<TlsFront> {
  const sockets = new Set<Socket>()
  const server = createServer({ ...certificate }, (socket) => {
    const remote = connect(Number(new URL(baseUrl).port), '127.0.0.1')
    for (const one of [socket, remote]) {
      sockets.add(one)
      one.on('error', () => undefined)
    }
    socket.pipe(remote)
    remote.pipe(socket)
  })
  server.on('tlsClientError', () => undefined)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const trusted = getCACertificates('default')
  if (isTrusted) setDefaultCACertificates([...trusted, certificate.cert])
  return {
    port: (server.address() as AddressInfo).port,
    cert: certificate.cert,
    async [Symbol.asyncDispose]() {
      setDefaultCACertificates(trusted)
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
