import { createCipheriv, createDecipheriv, type webcrypto } from 'node:crypto'
import { openText, sealText } from '../../../../packages/core/src/store/jwe.ts'

const TAG_BYTES = 16
const secrets = new WeakMap<webcrypto.CryptoKey, Uint8Array>()

/**
 * AES-GCM without the threads of Node.js: the same bytes, but done when the microtasks are, so that virtual time need
 * not wait for real time. What takes real time is done before: the code is loaded, and the one key of all is imported.
 * The returned function puts the usual one back.
 */
export async function promptCrypto(secret: Uint8Array<ArrayBuffer>): Promise<() => void> {
  const subtle: webcrypto.SubtleCrypto = crypto.subtle
  const key = await subtle.importKey('raw', secret, 'AES-GCM', false, ['encrypt', 'decrypt'])
  secrets.set(key, secret)
  const importKey = async (...[, bytes]: ImportArguments): Promise<webcrypto.CryptoKey> => {
    if (Buffer.compare(bytes, secret) !== 0) throw new Error('The simulation has another key.')
    return key
  }
  Object.assign(subtle, { importKey, encrypt, decrypt })
  const keys = [{ kid: 'first', bytes: secret }]
  await openText(await sealText('', TYPE, keys), TYPE, keys)
  return () => {
    for (const name of ['importKey', 'encrypt', 'decrypt']) Reflect.deleteProperty(subtle, name)
  }
}

const TYPE = 'authsec-token+jwe'

type ImportArguments = [
  format: 'raw',
  bytes: Uint8Array<ArrayBuffer>,
  algorithm: string,
  isExtractable: boolean,
  uses: webcrypto.KeyUsage[],
]

interface Parameters {
  readonly iv: Uint8Array
  readonly additionalData?: Uint8Array
}

async function encrypt(
  { iv, additionalData }: Parameters,
  key: webcrypto.CryptoKey,
  data: Uint8Array,
): Promise<ArrayBuffer> {
  const cipher = createCipheriv('aes-256-gcm', secretOf(key), iv)
  if (additionalData) cipher.setAAD(additionalData)
  return exactly([cipher.update(data), cipher.final(), cipher.getAuthTag()])
}

async function decrypt(
  { iv, additionalData }: Parameters,
  key: webcrypto.CryptoKey,
  data: Uint8Array,
): Promise<ArrayBuffer> {
  const end = data.length - TAG_BYTES
  const cipher = createDecipheriv('aes-256-gcm', secretOf(key), iv)
  if (additionalData) cipher.setAAD(additionalData)
  cipher.setAuthTag(data.subarray(end))
  return exactly([cipher.update(data.subarray(0, end)), cipher.final()])
}

/** Of a key that was imported before, nobody knows the bytes. */
function secretOf(key: webcrypto.CryptoKey): Uint8Array {
  const secret = secrets.get(key)
  if (!secret) throw new Error('The key was imported before the simulation.')
  return secret
}

function exactly(parts: readonly Uint8Array[]): ArrayBuffer {
  return new Uint8Array(Buffer.concat(parts)).buffer
}
