/** How often a text is decoded in search of a secret. */
const MAX_DECODINGS = 3
const UTF8 = /[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}/g
/** Letters that nobody sees, which cut a secret up and leave it readable. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}]/gu

/** The text, and what it is when it is decoded once, twice and three times. */
export function percentDecodings(text: string): string[] {
  const decodings = [text]
  for (let decoded = text; decodings.length <= MAX_DECODINGS; ) {
    const next = percentDecoded(decoded)
    if (next === decoded) break
    decodings.push(next)
    decoded = next
  }
  return decodings
}

/** Byte by byte: a malformed sequence beside it must not keep a secret from being found. */
function percentDecoded(text: string): string {
  return text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  )
}

/**
 * One form for all that read the same: bytes of UTF-8 as letters, as a header and a decoded path have them, `+` as the
 * space that it is in forms, and nothing invisible.
 */
export function comparable(text: string): string {
  return text.replace(UTF8, letterOf).replaceAll('+', ' ').replace(INVISIBLE, '')
}

function letterOf(bytes: string): string {
  const letter = new TextDecoder().decode(Uint8Array.from(bytes, (byte) => byte.charCodeAt(0)))
  return letter.includes('\ufffd') ? bytes : letter
}

/** The bytes of a text in UTF-8, each as one letter. */
export function utf8Letters(text: string): string {
  return Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join('')
}
