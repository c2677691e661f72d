import { connect } from 'node:net'

export interface RawAnswer {
  /** 0 when the server closed the connection without an answer. */
  readonly status: number
  /** All that the server sent. */
  readonly text: string
  readonly body: string
}

/**
 * Sends the lines of a request exactly as they are written, which no HTTP client does, and reads the
 * answer, or until the server closes the connection.
 */
export async function sendRaw(
  baseUrl: string,
  lines: readonly string[],
  body = '',
): Promise<RawAnswer> {
  const { hostname, port } = new URL(baseUrl)
  const socket = connect(Number(port), hostname)
  socket.on('error', () => undefined)
  socket.write(`${lines.join('\r\n')}\r\n\r\n${body}`, 'latin1')
  let text = ''
  socket.setEncoding('latin1').on('data', (chunk: string) => {
    text += chunk
    if (isComplete(text)) socket.destroy()
  })
  await new Promise((resolve) => socket.on('close', resolve))
  const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(text)?.[1] ?? 0)
  return { status, text, body: text.split('\r\n\r\n').slice(1).join('\r\n\r\n') }
}

/** Whether an answer has the length that it announces, or its last chunk. */
function isComplete(text: string): boolean {
  const end = text.indexOf('\r\n\r\n')
  const [head, body] = [text.slice(0, end), text.slice(end + 4)]
  if (end === -1) return false
  if (/\r\ntransfer-encoding: chunked/i.test(head)) return /(?:^|\r\n)0\r\n\r\n$/.test(body)
  const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1]
  return length !== undefined && body.length >= Number(length)
}
