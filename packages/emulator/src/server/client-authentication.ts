import type { EmulatorSettings } from '../options.ts'

/** HTTP Basic as OAuth wants it: both halves form-encoded before they are joined (RFC 6749, 2.3.1). */
export function isBasicClient(
  header: string | undefined,
  { cibaClientId, cibaClientSecret }: EmulatorSettings,
): boolean {
  const encoded = /^Basic ([A-Za-z0-9+/]+={0,2})$/i.exec(header ?? '')?.[1]
  const [, id, secret] =
    /^([^:]*):(.*)$/s.exec(Buffer.from(encoded ?? '', 'base64').toString()) ?? []
  return formDecoded(id) === cibaClientId && formDecoded(secret) === cibaClientSecret
}

function formDecoded(text = ''): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return undefined
  }
}
