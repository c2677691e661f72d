import { Buffer } from '#runtime/platform/bytes'
import { hash } from '#runtime/platform/hashing'

/** Makes the hash of the bytes of a line, as 64 hex digits: their SHA-256, or with a key of 32 bytes their HMAC. */
export type LineHash = (body: string | Uint8Array) => string

export function createLineHash(key: Uint8Array | undefined): LineHash {
  return key ? createHmacOfLines(key) : (body) => hash('sha256', body)
}

const BLOCK_BYTES = 64
const DIGEST_BYTES = 32
/** Room for most lines without a new buffer. */
const ROOM = 2_048

/**
 * HMAC-SHA256 (RFC 2104, section 2) of two one-shot hashes. `createHmac` gives the same for about ten times the
 * CPU: it looks for its algorithm and prepares the key anew for each line.
 */
function createHmacOfLines(key: Uint8Array): LineHash {
  if (key.length > BLOCK_BYTES) throw new RangeError('A longer key would have to be hashed first.')
  let inner = paddedKey(key, 0x36, ROOM)
  const outer = paddedKey(key, 0x5c, DIGEST_BYTES)
  return (body) => {
    const length = Buffer.byteLength(body)
    if (inner.length < BLOCK_BYTES + length) inner = paddedKey(key, 0x36, 2 * length)
    if (typeof body === 'string') inner.write(body, BLOCK_BYTES)
    else inner.set(body, BLOCK_BYTES)
    outer.write(hash('sha256', inner.subarray(0, BLOCK_BYTES + length)), BLOCK_BYTES, 'hex')
    return hash('sha256', outer)
  }
}

function paddedKey(key: Uint8Array, pad: number, room: number): Buffer {
  const block = Buffer.alloc(BLOCK_BYTES + room)
  for (let index = 0; index < BLOCK_BYTES; index++) block[index] = (key[index] ?? 0) ^ pad
  return block
}
