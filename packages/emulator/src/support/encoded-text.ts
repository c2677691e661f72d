/** Random bytes as text. */
export function randomText(bytes: number, encoding: 'base64' | 'base64url' | 'hex'): string {
  const random = crypto.getRandomValues(new Uint8Array(bytes))
  if (encoding === 'hex') {
    return Array.from(random, (byte) => byte.toString(16).padStart(2, '0')).join('')
  }
  return encoding === 'base64' ? toBase64(random) : toBase64url(random)
}

function toBase64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
}

function toBase64url(bytes: Uint8Array): string {
  return toBase64(bytes).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')
}

/** Base64url without padding of a text (RFC 4648 section 5). */
export function encodeBase64url(text: string): string {
  return toBase64url(new TextEncoder().encode(text))
}

/** The text in base64 of either alphabet, up to the first `=`. Characters of neither are skipped. */
export function decodeBase64(text: string): string {
  const [encoded = ''] = text.split('=')
  const digits = encoded
    .replaceAll('-', '+')
    .replaceAll('_', '/')
    .replaceAll(/[^A-Za-z\d+/]/g, '')
  // A last digit of six bits has no whole byte.
  const whole = digits.length % 4 === 1 ? digits.slice(0, -1) : digits
  const bytes = Uint8Array.from(atob(whole), (byte) => byte.charCodeAt(0))
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)
}
