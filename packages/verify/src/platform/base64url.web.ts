/** As `base64url.ts`, for runtimes without `Buffer`. A test holds the two equal. */
export function fromBase64url(text: string): Uint8Array<ArrayBuffer> | undefined {
  // `atob` takes padding, white space and the other alphabet too.
  if (!/^[\w-]*$/.test(text) || text.length % 4 === 1) return undefined
  const base64 = text.replaceAll('-', '+').replaceAll('_', '/')
  const bytes = fromAscii(atob(base64))
  // Bits at the end that belong to no byte must be zero (RFC 4648 section 3.5).
  return hasUnusedBits(text) ? undefined : bytes
}

/** Of the last character, four bits with one byte more than a multiple of three, two with two, belong to no byte. */
function hasUnusedBits(text: string): boolean {
  const last = text.at(-1) ?? ''
  if (text.length % 4 === 2) return !'AQgw'.includes(last)
  return text.length % 4 === 3 && !'AEIMQUYcgkosw048'.includes(last)
}

export function fromAscii(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length: text.length }, (_, index) => text.charCodeAt(index))
}
