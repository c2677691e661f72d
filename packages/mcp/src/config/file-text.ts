/**
 * The text of a file: UTF-8, or UTF-16 when it begins with that encoding's byte order mark, as some editors and
 * shells of Windows write it. The mark is left out. Throws for bytes that the encoding does not have.
 */
export function textOfFile(bytes: Uint8Array): string {
  return new TextDecoder(encodingOf(bytes), { fatal: true }).decode(bytes)
}

function encodingOf([first, second]: Uint8Array): 'utf-8' | 'utf-16le' | 'utf-16be' {
  if (first === 0xff && second === 0xfe) return 'utf-16le'
  return first === 0xfe && second === 0xff ? 'utf-16be' : 'utf-8'
}
