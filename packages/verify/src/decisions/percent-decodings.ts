/** How often a text is decoded in search of a secret. */
const MAX_DECODINGS = 3

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
  return text.replace(/%([2-7][0-9a-f])/gi, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  )
}
