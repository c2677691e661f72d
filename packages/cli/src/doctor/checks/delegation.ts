import {
  type AuthSecClient,
  AuthSecError,
  type DelegationErrorCode,
  type DelegationToken,
} from '@authsec/core'
import type { DoctorCode } from '../codes.ts'
import type { Findings } from '../report.ts'

/** The finding for each error of the token endpoint. */
const CODES: Readonly<Record<DelegationErrorCode, DoctorCode>> = {
  client_id_rejected: 'client_id_rejected',
  authentication_required: 'session_required',
  access_refused: 'access_refused',
  client_not_found: 'client_not_found',
  no_active_delegation: 'no_delegation',
  delegation_expired: 'delegation_expired',
  request_rejected: 'not_authsec',
  wrong_client: 'wrong_client',
  wrong_tenant: 'wrong_tenant',
  wrong_base_url: 'not_authsec',
  redirect_blocked: 'redirected',
  invalid_response: 'token_unusable',
  rate_limited: 'rate_limited',
  server_error: 'server_error',
  network_error: 'connection_lost',
  address_blocked: 'address_blocked',
  tls_error: 'certificate_untrusted',
  proxy_refused: 'proxy_refused',
  timeout: 'no_answer',
  client_closed: 'check_failed',
}

const SOON_MS = 300_000

/** Pulls the token as the agent does; `undefined` and a finding when there is none. */
export async function checkDelegation(
  client: AuthSecClient,
  findings: Findings,
  signal: AbortSignal,
): Promise<DelegationToken | undefined> {
  try {
    const token = await client.getDelegationToken({ signal })
    findings.facts['token'] = factsOf(token)
    const leftMs = token.expiresAt.getTime() - Date.now()
    if (leftMs < SOON_MS) {
      findings.add('delegation_ends_soon', { seen: `It ends in ${Math.round(leftMs / 1000)} s` })
    }
    return token
  } catch (error) {
    if (!AuthSecError.isInstance(error)) throw error
    const { code, message, systemCode, requestId } = error
    const known = Object.hasOwn(CODES, code) ? CODES[code as DelegationErrorCode] : undefined
    if (requestId !== undefined) findings.facts['requestId'] = requestId
    if (known) findings.add(known, { seen: systemCode ?? specific(known, message) })
    else findings.add('setting_invalid', { seen: message, fix: error.hint })
    return undefined
  }
}

/** The sentence of the error, where it says more than the row of the table. */
function specific(code: DoctorCode, message: string): string | undefined {
  return ['wrong_tenant', 'token_unusable', 'server_error', 'not_authsec'].includes(code)
    ? message
    : undefined
}

/** What may be shown of a token. */
export function factsOf(token: DelegationToken): Readonly<Record<string, unknown>> {
  const { fingerprint, redactedSubject, permissions, audience, expiresAt, issuedAt } = token
  return {
    fingerprint,
    subject: redactedSubject,
    permissions,
    audience,
    issuedAt: issuedAt?.toISOString(),
    expiresAt: expiresAt.toISOString(),
  }
}
