import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'

/** What a command is answered with, instead of the right answer: a reply as it is sent, or nothing for none. */
type Change = (command: string, args: readonly string[]) => string | undefined | 'silence'

export interface FakeRedis extends AsyncDisposable {
  readonly url: string
  /** By key. */
  readonly entries: Map<string, string>
  /** How many connections are open. */
  readonly connections: number
}

/** A Redis of a few commands on the loopback interface, which can be wrong where a real one cannot be made to. */
export async function startFakeRedis(
  change: Change = () => undefined,
  { delayMs = 0 } = {},
): Promise<FakeRedis> {
  const entries = new Map<string, string>()
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    let received = ''
    socket.on('error', () => undefined)
    socket.on('data', (chunk) => {
      received += chunk
      for (let parsed = parse(received); parsed; parsed = parse(received)) {
        received = received.slice(parsed.length)
        const [command = '', ...args] = parsed.words
        const reply =
          change(command.toUpperCase(), args) ?? answer(command.toUpperCase(), args, entries)
        if (reply !== 'silence') setTimeout(() => socket.write(reply), delayMs)
      }
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = Object(server.address())
  return {
    url: `redis://127.0.0.1:${address.port}`,
    entries,
    get connections() {
      return sockets.size
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

function answer(command: string, args: readonly string[], entries: Map<string, string>): string {
  const [first = '', second = ''] = args
  if (command === 'HELLO') return '%1\r\n+server\r\n+redis\r\n'
  if (command === 'INFO') return text('# Memory\r\nmaxmemory:0\r\nmaxmemory_policy:noeviction\r\n')
  if (command === 'GET') return text(entries.get(first))
  if (command === 'DEL') return number(entries.delete(first))
  if (command === 'SET') entries.set(first, second)
  if (command !== 'EVAL') return '+OK\r\n'
  const [, , key = '', token = '', ttl] = args
  const isHeld = entries.has(key) && entries.get(key) !== token
  if (ttl === undefined) return number(!isHeld && entries.delete(key))
  if (!isHeld) entries.set(key, token)
  return number(!isHeld)
}

export function text(value: string | undefined): string {
  return value === undefined ? '$-1\r\n' : `$${Buffer.byteLength(value)}\r\n${value}\r\n`
}

export function number(isSo: boolean): string {
  return `:${isSo ? 1 : 0}\r\n`
}

/** One whole command: an array of texts. */
function parse(received: string): { words: string[]; length: number } | undefined {
  const [head, count] = /^\*(\d+)\r\n/.exec(received) ?? []
  if (head === undefined) return undefined
  const words: string[] = []
  let at = head.length
  while (words.length < Number(count)) {
    const [size, length] = /^\$(\d+)\r\n/.exec(received.slice(at)) ?? []
    const end = at + (size?.length ?? 0) + Number(length)
    if (size === undefined || received.length < end + 2) return undefined
    words.push(received.slice(at + size.length, end))
    at = end + 2
  }
  return { words, length: at }
}
