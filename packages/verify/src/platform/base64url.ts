/**
 * The bytes of a text in base64url (RFC 4648 section 5) without padding; `undefined` when the text is not the canonical
 * one for its bytes. Other runtimes get `base64url.web.ts`.
 */
export function fromBase64url(text: string): Uint8Array<ArrayBuffer> | undefined {
  const bytes = Buffer.from(text, 'base64url')
  return bytes.toString('base64url') === text ? bytes : undefined
}

/** One byte for each character of an ASCII text. */
export function fromAscii(text: string): Uint8Array<ArrayBuffer> {
  return Buffer.from(text, 'latin1')
}
