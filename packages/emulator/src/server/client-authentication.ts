import type { EmulatorSettings } from '../options.ts'
import { decodeBase64 } from '../support/encoded-text.ts'

/** Checks HTTP Basic as OAuth defines it: ID and secret are each form-encoded (RFC 6749, section 2.3.1). */
export function isBasicClient(
  header: string | undefined,
  { cibaClientId, cibaClientSecret }: EmulatorSettings,
): boolean {
  const encoded = /^Basic ([A-Za-z0-9+/]+={0,2})$/i.exec(header ?? '')?.[1]
  const [, id, secret] = /^([^:]*):(.*)$/s.exec(decodeBase64(encoded ?? '')) ?? []
  return formDecoded(id) === cibaClientId && formDecoded(secret) === cibaClientSecret
}

function formDecoded(text = ''): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return undefined
  }
}
