/** The encodings of texts and bytes that Node.js has and other runtimes have not, or have with other results. */
export type Encoding = 'utf8' | 'latin1' | 'hex' | 'base64' | 'base64url'

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

export function bytesOf(text: string, encoding: Encoding): Uint8Array<ArrayBuffer> {
  switch (encoding) {
    case 'utf8':
      return encoder.encode(text)
    case 'latin1':
      return fromLatin1(text)
    case 'hex':
      return fromHex(text)
    case 'base64':
    case 'base64url':
      return fromBase64(text)
  }
}

export function textOf(bytes: Uint8Array, encoding: Encoding): string {
  switch (encoding) {
    case 'utf8':
      return decoder.decode(bytes)
    case 'latin1':
      return toLatin1(bytes)
    case 'hex':
      return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
    case 'base64':
      return btoa(toLatin1(bytes))
    case 'base64url':
      return btoa(toLatin1(bytes)).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '')
  }
}

/** One byte for each character: of a character beyond Latin-1 the lower one. */
function fromLatin1(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(text.length)
  for (let index = 0; index < text.length; index++) bytes[index] = text.charCodeAt(index)
  return bytes
}

/** So many arguments every engine takes. */
const PIECE = 8_192

/** One character for each byte. The `latin1` of `TextDecoder` is another one: windows-1252. */
function toLatin1(bytes: Uint8Array): string {
  let text = ''
  for (let index = 0; index < bytes.length; index += PIECE) {
    text += String.fromCharCode(...bytes.subarray(index, index + PIECE))
  }
  return text
}

/** As far as there are pairs of digits. */
function fromHex(text: string): Uint8Array<ArrayBuffer> {
  const [digits = ''] = /^(?:[\da-f]{2})*/i.exec(text) ?? []
  return Uint8Array.from({ length: digits.length / 2 }, (_, index) =>
    Number.parseInt(digits.slice(index * 2, index * 2 + 2), 16),
  )
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const VALUES = new Uint8Array(128).fill(0xff)
for (const [index, letter] of [...ALPHABET].entries()) VALUES[letter.charCodeAt(0)] = index
VALUES['-'.charCodeAt(0)] = 62
VALUES['_'.charCodeAt(0)] = 63

/** Of either alphabet, up to the first `=`. Other characters are skipped, as Node.js does: `atob` refuses them. */
function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(Math.ceil((text.length * 3) / 4))
  let length = 0
  let bits = 0
  let held = 0
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if (code === 0x3d) break
    const value = VALUES[code] ?? 0xff
    if (value === 0xff) continue
    held = (held << 6) | value
    bits += 6
    if (bits < 8) continue
    bits -= 8
    bytes[length++] = (held >> bits) & 0xff
  }
  return bytes.slice(0, length)
}
