import { generateKeyPairSync, randomBytes, sign, X509Certificate } from 'node:crypto'

export interface SelfSigned {
  /** PEM. */
  readonly key: string
  readonly cert: string
}

const DAY_MS = 86_400_000
const SUBJECT = 'test'

export interface CertificateOptions {
  /** When it is valid, in milliseconds since 1970. Default: since a day, for a day. */
  readonly from?: number
  readonly to?: number
  /** The name of an authority that nobody has. Default: its own, so that it is its own authority. */
  readonly issuer?: string
}

/** A certificate for names, signed by its own key and valid for a day (RFC 5280), made without OpenSSL's program. */
export function selfSigned(
  names: readonly string[],
  {
    from = Date.now() - DAY_MS,
    to = Date.now() + DAY_MS,
    issuer = SUBJECT,
  }: CertificateOptions = {},
): SelfSigned {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const algorithm = sequence(objectId('2a8648ce3d040302')) // ecdsa-with-SHA256
  const certificate = sequence(
    tag(0xa0, integer(Buffer.from([2]))),
    integer(Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    algorithm,
    commonName(issuer),
    sequence(time(from), time(to)),
    commonName(SUBJECT),
    publicKey.export({ type: 'spki', format: 'der' }),
    tag(0xa3, sequence(basicConstraints(), subjectAltName(names))),
  )
  const signature = sign('sha256', certificate, privateKey)
  const der = sequence(certificate, algorithm, bitString(signature))
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: new X509Certificate(der).toString(),
  }
}

function commonName(text: string): Buffer {
  return sequence(set(sequence(objectId('550403'), tag(0x0c, Buffer.from(text)))))
}

/** It is its own authority. */
function basicConstraints(): Buffer {
  const isAuthority = sequence(tag(0x01, Buffer.from([0xff])))
  return sequence(objectId('551d13'), tag(0x04, isAuthority))
}

function subjectAltName(names: readonly string[]): Buffer {
  const entries = names.map((name) =>
    /^[\d.]+$/.test(name)
      ? tag(0x87, Buffer.from(name.split('.').map(Number)))
      : tag(0x82, Buffer.from(name)),
  )
  return sequence(objectId('551d11'), tag(0x04, sequence(...entries)))
}

function tag(type: number, ...contents: readonly Buffer[]): Buffer {
  const content = Buffer.concat(contents)
  const { length } = content
  const head = length < 0x80 ? [length] : [0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from([type, ...head]), content])
}

function sequence(...contents: readonly Buffer[]): Buffer {
  return tag(0x30, ...contents)
}

function set(...contents: readonly Buffer[]): Buffer {
  return tag(0x31, ...contents)
}

function integer(bytes: Buffer): Buffer {
  return tag(0x02, bytes)
}

function objectId(hex: string): Buffer {
  return tag(0x06, Buffer.from(hex, 'hex'))
}

function bitString(bytes: Buffer): Buffer {
  return tag(0x03, Buffer.from([0]), bytes)
}

/** UTCTime. */
function time(ms: number): Buffer {
  const text = new Date(ms).toISOString().replace(/[-:T]|\.\d+/g, '')
  return tag(0x17, Buffer.from(text.slice(2)))
}
