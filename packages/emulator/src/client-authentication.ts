import { timingSafeEqual } from 'node:crypto'
import type { EmulatorSettings } from './options.ts'

/** HTTP Basic as OAuth wants it: both halves form-encoded before they are joined (RFC 6749, 2.3.1). */
export function isBasicClient(
  header: string | undefined,
  { cibaClientId, cibaClientSecret }: EmulatorSettings,
): boolean {
  const encoded = /^Basic ([A-Za-z0-9+/]+=*)$/i.exec(header ?? '')?.[1]
  if (!encoded) return false
  const expected = Buffer.from(`${formEncoded(cibaClientId)}:${formEncoded(cibaClientSecret)}`)
  const given = Buffer.from(encoded, 'base64')
  return given.length === expected.length && timingSafeEqual(given, expected)
}

function formEncoded(text: string): string {
  return new URLSearchParams({ '': text }).toString().slice(1)
}
