import { bytesOf, type Encoding, textOf } from './encodings.ts'

type Octets = new (
  source: number | ArrayLike<number> | ArrayBufferLike,
  offset?: number,
  length?: number,
) => Uint8Array<ArrayBuffer>

/** Without its static functions, of which `from` takes something else. */
const Octets = Uint8Array as Octets

/**
 * The part of the `Buffer` of Node.js that this package uses, for runtimes that have none. A test holds the two
 * equal.
 */
export class Buffer extends Octets {
  static alloc(size: number): Buffer {
    return new Buffer(size)
  }

  static from(text: string, encoding?: Encoding): Buffer
  static from(bytes: ArrayLike<number>): Buffer
  static from(buffer: ArrayBufferLike, offset?: number, length?: number): Buffer
  static from(
    value: string | ArrayLike<number> | ArrayBufferLike,
    second?: Encoding | number,
    length?: number,
  ): Buffer {
    if (typeof value === 'string') {
      return view(bytesOf(value, typeof second === 'string' ? second : 'utf8'))
    }
    if (isArrayBuffer(value)) return new Buffer(value, Number(second ?? 0), length)
    return new Buffer(value)
  }

  static concat(pieces: readonly Uint8Array[], size = sizeOf(pieces)): Buffer {
    const whole = new Buffer(size)
    let offset = 0
    for (const piece of pieces) {
      const room = size - offset
      if (room <= 0) break
      whole.set(piece.length > room ? piece.subarray(0, room) : piece, offset)
      offset += piece.length
    }
    return whole
  }

  static isBuffer(value: unknown): value is Buffer {
    return value instanceof Buffer
  }

  static byteLength(value: string | ArrayBufferView): number {
    return typeof value === 'string' ? bytesOf(value, 'utf8').length : value.byteLength
  }

  /** The text must fit. */
  write(text: string, encoding?: Encoding): number
  write(text: string, offset: number, encoding?: Encoding): number
  write(text: string, second: number | Encoding = 0, third?: Encoding): number {
    const [offset, encoding = 'utf8'] = typeof second === 'string' ? [0, second] : [second, third]
    const bytes = bytesOf(text, encoding)
    this.set(bytes, offset)
    return bytes.length
  }

  override subarray(start?: number, end?: number): Buffer {
    // The engine makes it of this class (ECMAScript 23.2.3.30).
    return super.subarray(start, end) as Buffer
  }

  override toString(encoding: Encoding = 'utf8', start = 0, end = this.length): string {
    return textOf(this.subarray(start, end), encoding)
  }
}

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

export function isUtf8(bytes: Uint8Array): boolean {
  try {
    strict.decode(bytes)
    return true
  } catch {
    return false
  }
}

function view({ buffer, byteOffset, length }: Uint8Array<ArrayBuffer>): Buffer {
  return new Buffer(buffer, byteOffset, length)
}

/** Of this realm or another. */
function isArrayBuffer(value: ArrayLike<number> | ArrayBufferLike): value is ArrayBuffer {
  return !('length' in value)
}

function sizeOf(pieces: readonly Uint8Array[]): number {
  return pieces.reduce((sum, piece) => sum + piece.length, 0)
}
