import { Transform } from 'node:stream'

const NEWLINE = 0x0a
/** The byte order mark of UTF-8, which some shells write before what they send to a program. */
const MARK = Buffer.from('\ufeff')

/**
 * Passes lines of JSON on unchanged, but for a byte order mark before the first one. Other lines are dropped and reported, because the SDK would ignore
 * a line that is not JSON without a report, and would close the connection after one huge message.
 */
export function messageLines(
  maxBytes: number,
  onDropped: (why: 'not_json' | 'too_long') => void,
): Transform {
  let held: Buffer[] = []
  let heldBytes = 0
  let isSkipping = false
  let isFirst = true

  function hold(piece: Buffer): void {
    if (isSkipping) return
    held.push(piece)
    heldBytes += piece.length
    if (heldBytes <= maxBytes) return
    isSkipping = true
    held = []
    onDropped('too_long')
  }

  function endLine(): Buffer | undefined {
    const whole = isSkipping ? undefined : Buffer.concat(held)
    const line = isFirst && whole ? withoutMark(whole) : whole
    isFirst = false
    held = []
    heldBytes = 0
    isSkipping = false
    if (!line || isBlank(line)) return undefined
    if (isJson(line)) return line
    onDropped('not_json')
    return undefined
  }

  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      let from = 0
      for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, from)) {
        hold(chunk.subarray(from, at + 1))
        const line = endLine()
        if (line) this.push(line)
        from = at + 1
      }
      if (from < chunk.length) hold(chunk.subarray(from))
      done()
    },
  })
}

function withoutMark(line: Buffer): Buffer {
  return line.subarray(0, MARK.length).equals(MARK) ? line.subarray(MARK.length) : line
}

function isBlank(line: Buffer): boolean {
  return line.length <= 2 && line.toString('utf8').trim() === ''
}

function isJson(line: Buffer): boolean {
  try {
    JSON.parse(line.toString('utf8'))
    return true
  } catch {
    return false
  }
}
