import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

/** Stands between a client and a server, and can cut what is between a command and its answer. */
export interface CuttingProxy extends AsyncDisposable {
  readonly port: number
  /** Cuts the next connection whose command has this text, when the server has carried it out. */
  cutAfter(text: string): void
  /** How often it has cut. */
  readonly cuts: number
}

export async function startCuttingProxy(target: number): Promise<CuttingProxy> {
  const sockets = new Set<Socket>()
  let trigger: string | undefined
  let cuts = 0

  const server = createServer((client) => {
    const upstream = connect(target, '127.0.0.1')
    let isDoomed = false
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', () => undefined)
      socket.on('close', () => {
        client.destroy()
        upstream.destroy()
      })
    }
    client.on('data', (data) => {
      if (trigger !== undefined && data.includes(trigger)) {
        trigger = undefined
        isDoomed = true
      }
      upstream.write(data)
    })
    upstream.on('data', (data) => {
      if (!isDoomed) return client.write(data)
      // The server has answered, so it was carried out; the client does not hear of it.
      cuts += 1
      return client.destroy()
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('There is no free port.')

  return {
    port: address.port,
    cutAfter(text) {
      trigger = text
    },
    get cuts() {
      return cuts
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
