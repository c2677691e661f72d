import { Buffer } from '#runtime/platform/bytes'
import { parseObject } from '../support/json-object.ts'

/** The claims of a compact JWS (RFC 7515 section 3.1) with an algorithm: what the server issues to a session (contract 3.7). */
export function signedClaims(token: string): Readonly<Record<string, unknown>> | undefined {
  const [, header = '', payload = ''] = /^([\w-]+)\.([\w-]+)\.[\w-]+$/.exec(token) ?? []
  const alg = decoded(header)?.['alg']
  return typeof alg === 'string' && alg.toLowerCase() !== 'none' ? decoded(payload) : undefined
}

function decoded(part: string): Readonly<Record<string, unknown>> | undefined {
  return parseObject(Buffer.from(part, 'base64url').toString('utf8'))
}

/** Whether the token names an e-mail address that is not the approver's. Newer tokens may name none (contract 3.7). */
export function isSomebodyElse(
  claims: Readonly<Record<string, unknown>>,
  approver: string,
): boolean {
  return ['email_id', 'email']
    .filter((name) => Object.hasOwn(claims, name))
    .some((name) => comparable(claims[name]) !== comparable(approver))
}

/** The server compares without regard to case (contract 3.2). Anything but a text is nobody's address. */
function comparable(value: unknown): string | undefined {
  return typeof value === 'string' ? value.normalize('NFC').trim().toLowerCase() : undefined
}
