import type { webcrypto } from 'node:crypto'
import { Buffer } from '#runtime/platform/bytes'
import type { RawSealingKey } from '../options/sealing-keys.ts'
import { parseObject } from '../support/json-object.ts'

/**
 * JWE in compact form (RFC 7516) with a shared key: `dir`, A256GCM. The text is malleable in its last characters
 * and in what is around it, so it never serves as a key itself.
 */

/** What a text is, so that none of one kind is read as the other: `typ`, which is authenticated. */
type SealedType = 'authsec-approval+jwe' | 'authsec-token+jwe'

const ALGORITHMS = {
  keyManagementAlgorithms: ['dir'],
  contentEncryptionAlgorithms: ['A256GCM'],
}

/** jose is loaded when the first text is sealed or opened. */
const jose = async () => {
  const [{ CompactEncrypt }, { compactDecrypt }, { JOSEError }] = await Promise.all([
    import('jose/jwe/compact/encrypt'),
    import('jose/jwe/compact/decrypt'),
    import('jose/errors'),
  ])
  return { CompactEncrypt, compactDecrypt, JOSEError }
}

/** Seals with the first key. */
export async function sealText(
  text: string,
  typ: SealedType,
  keys: readonly RawSealingKey[],
): Promise<string> {
  const { CompactEncrypt } = await jose()
  const [key] = keys
  if (!key) throw new TypeError('Sealing needs a key.')
  return new CompactEncrypt(new TextEncoder().encode(text))
    .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', typ, kid: key.kid })
    .encrypt(await imported(key))
}

/** The text of this type that was sealed with one of the keys, or nothing. */
export async function openText(
  sealed: string,
  typ: SealedType,
  keys: readonly RawSealingKey[],
): Promise<string | undefined> {
  const { compactDecrypt, JOSEError } = await jose()
  const named = headerOf(sealed, typ)?.['kid']
  const key = keys.find(({ kid }) => kid === named)
  if (!key) return undefined
  try {
    const { plaintext } = await compactDecrypt(sealed, await imported(key), ALGORITHMS)
    return new TextDecoder().decode(plaintext)
  } catch (error) {
    if (error instanceof JOSEError || error instanceof TypeError) return undefined
    throw error
  }
}

/** The header of a text that may be one of ours: compressed ones and other types are not. It is not authenticated yet. */
function headerOf(sealed: string, typ: SealedType): Readonly<Record<string, unknown>> | undefined {
  const [part = ''] = sealed.split('.', 1)
  const header = parseObject(Buffer.from(part, 'base64url').toString())
  return header?.['typ'] === typ && header['zip'] === undefined ? header : undefined
}

const imports = new WeakMap<RawSealingKey, Promise<webcrypto.CryptoKey>>()

/** Not extractable, and imported once. */
function imported(key: RawSealingKey): Promise<webcrypto.CryptoKey> {
  const made =
    imports.get(key) ??
    crypto.subtle.importKey('raw', key.bytes, 'AES-GCM', false, ['encrypt', 'decrypt'])
  imports.set(key, made)
  return made
}
