import { Transform } from 'node:stream'

const NEWLINE = 0x0a

/**
 * Lets lines through as they are, and drops those longer than `maxBytes`, so that one huge message
 * costs its answer and not the connection. `onTooLong` is told once a line.
 */
export function boundedLines(maxBytes: number, onTooLong: () => void): Transform {
  let held: Buffer[] = []
  let heldBytes = 0
  let isSkipping = false

  function take(piece: Buffer, isWhole: boolean, push: (line: Buffer) => void): void {
    if (!isSkipping && heldBytes + piece.length > maxBytes) {
      isSkipping = true
      held = []
      onTooLong()
    }
    if (!isSkipping) {
      held.push(piece)
      heldBytes += piece.length
    }
    if (!isWhole) return
    if (!isSkipping) push(Buffer.concat(held))
    held = []
    heldBytes = 0
    isSkipping = false
  }

  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      let from = 0
      for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, from)) {
        take(chunk.subarray(from, at + 1), true, (line) => this.push(line))
        from = at + 1
      }
      if (from < chunk.length) take(chunk.subarray(from), false, () => undefined)
      done()
    },
  })
}
