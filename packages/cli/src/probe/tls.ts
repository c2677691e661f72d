import type { Socket } from 'node:net'
import { isIP } from 'node:net'
import {
  checkServerIdentity,
  connect,
  type DetailedPeerCertificate,
  type TLSSocket,
} from 'node:tls'
import type { DoctorCode } from '../doctor/codes.ts'
import { printable } from '../output/text.ts'
import { Problem, systemCodeOf } from './problem.ts'

/** TLS on a connection: the socket, or everything that is wrong with it. */
export type Secured = { readonly socket: TLSSocket } | { readonly problems: readonly Problem[] }

/** The certificate is judged after the handshake and before anything is sent, so that all its faults are told. */
export async function secure(plain: Socket, host: string, timeoutMs: number): Promise<Secured> {
  const socket = await handshake(plain, host, timeoutMs)
  const problems = certificateProblems(socket, host)
  if (problems.length === 0) return { socket }
  socket.destroy()
  plain.destroy()
  return { problems }
}

/** Rejects with a `Problem`. An untrusted certificate is no failure here. */
export function handshake(plain: Socket, host: string, timeoutMs: number): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect({
      socket: plain,
      host,
      // `secure` judges the certificate; nothing is sent on a socket that it does not accept.
      rejectUnauthorized: false,
      ...(isIP(host) === 0 && { servername: host }),
    })
    const end = (problem: Problem): void => {
      clearTimeout(timer)
      socket.destroy()
      // The outer socket does not end with the one of TLS.
      plain.destroy()
      reject(problem)
    }
    const late = (): void => end(new Problem('no_answer', 'The TLS handshake did not end.'))
    const timer = setTimeout(late, timeoutMs)
    const fail = (error: unknown): void => end(handshakeProblem(error))
    socket.once('secureConnect', () => {
      clearTimeout(timer)
      socket.removeListener('error', fail)
      resolve(socket)
    })
    socket.once('error', fail)
  })
}

const NOT_TLS =
  /wrong.version.number|packet.length.too.long|record.layer.failure|unknown.protocol|http.request/i
const OLD_TLS =
  /unsupported.protocol|alert.protocol.version|handshake.failure|no.shared.cipher|insufficient.security|dh.key.too.small/i

function handshakeProblem(error: unknown): Problem {
  const code = systemCodeOf(error)
  const text = error instanceof Error ? `${code} ${error.message}` : code
  if (NOT_TLS.test(text)) return new Problem('tls_not_spoken')
  if (OLD_TLS.test(text)) return new Problem('tls_version', code)
  if (/certificate.required/i.test(text)) return new Problem('client_certificate_required')
  return new Problem('connection_lost', `The connection ended in the TLS handshake (${code}).`)
}

const CODES: Readonly<Record<string, DoctorCode>> = {
  CERT_HAS_EXPIRED: 'certificate_expired',
  CERT_NOT_YET_VALID: 'certificate_not_yet_valid',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'certificate_self_signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'certificate_untrusted',
  ERR_TLS_CERT_ALTNAME_INVALID: 'certificate_wrong_name',
}

function certificateProblems(socket: TLSSocket, host: string): readonly Problem[] {
  const certificate = socket.getPeerCertificate(true)
  const found = new Map<DoctorCode, Problem>()
  const add = (code: DoctorCode, seen: string): void =>
    void found.set(code, new Problem(code, seen))
  const now = Date.now()
  if (Date.parse(certificate.valid_to) < now) {
    add('certificate_expired', `It ended on ${certificate.valid_to}.`)
  }
  if (Date.parse(certificate.valid_from) > now) {
    add('certificate_not_yet_valid', `It begins on ${certificate.valid_from}.`)
  }
  const reason = socket.authorized ? undefined : String(socket.authorizationError)
  if (reason !== undefined) {
    const code = CODES[reason] ?? 'certificate_untrusted'
    if (!found.has(code)) add(code, seenOf(reason, certificate))
  }
  if (checkServerIdentity(host, certificate) !== undefined) {
    add('certificate_wrong_name', `It is for ${namesOf(certificate)}, and not for ${host}.`)
  }
  return [...found.values()]
}

function seenOf(reason: string, { issuer }: DetailedPeerCertificate): string {
  const names = [issuer?.O ?? issuer?.CN ?? []].flat().map(printable)
  return names.length === 0 ? `${reason}.` : `${reason}; its issuer is ${names.join(', ')}.`
}

function namesOf({ subjectaltname = '', subject }: DetailedPeerCertificate): string {
  const alternatives = subjectaltname.replaceAll(/(?:DNS|IP Address):/g, '').slice(0, 200)
  return printable(alternatives || [subject?.CN ?? 'no name'].flat().join(', '))
}
