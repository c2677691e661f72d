import { createReadStream } from 'node:fs'

/** A line as it is on the disk. */
export interface FileLine {
  readonly bytes: Uint8Array
  /** Whether a newline follows. */
  readonly isEnded: boolean
}

/** A longer line is none of ours; it is not read into memory. */
const MAX_LINE_BYTES = 1_048_576
const NEWLINE = 0x0a

/**
 * Reads a file of any size line by line, byte for byte. Of a line that is longer than 1 MiB the beginning is given.
 * Throws what the system does.
 *
 * @example
 * ```ts
 * import { linesOf } from '@authsec/core/adapter'
 *
 * export async function countLines(path: string): Promise<number> {
 *   let count = 0
 *   for await (const { isEnded } of linesOf(path)) if (isEnded) count += 1
 *   return count
 * }
 * ```
 */
export async function* linesOf(path: string): AsyncGenerator<FileLine> {
  let parts: Buffer[] = []
  let length = 0
  const add = (part: Buffer): void => {
    length += part.length
    if (length <= MAX_LINE_BYTES) parts.push(part)
  }
  const take = (): Buffer => {
    const line = Buffer.concat(parts)
    parts = []
    length = 0
    return line
  }
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    let start = 0
    for (;;) {
      const end = chunk.indexOf(NEWLINE, start)
      if (end < 0) break
      add(chunk.subarray(start, end))
      yield { bytes: take(), isEnded: true }
      start = end + 1
    }
    add(chunk.subarray(start))
  }
  if (length > 0) yield { bytes: take(), isEnded: false }
}
