import {
  type AuthSecClient,
  AuthSecError,
  type AuthSecEvent,
  type DelegationToken,
} from '@authsec/core'
import type { ProbeAnswer } from '../../probe/exchange.ts'
import type { DoctorCode } from '../codes.ts'
import type { Findings } from '../report.ts'

type Completed = Extract<AuthSecEvent, { type: 'request.completed' }>

/** What the API said about the last call. */
export interface ApiSaid {
  completed: Completed | undefined
}

const BY_PROBLEM: Readonly<Record<string, DoctorCode>> = {
  wrong_audience: 'api_wrong_audience',
  wrong_issuer: 'api_wrong_issuer',
  token_expired: 'api_token_expired',
  token_not_active: 'api_token_not_active',
  token_revoked: 'api_token_revoked',
}

/** One guarded GET with the token, and what the API says to it. Returns whether it was accepted. */
export async function checkApiCall(
  client: AuthSecClient,
  said: ApiSaid,
  {
    endpoint,
    token,
    signal,
  }: {
    readonly endpoint: string | undefined
    readonly token: DelegationToken
    readonly signal: AbortSignal
  },
  findings: Findings,
): Promise<boolean> {
  try {
    const { status } = await client.secureFetch({ endpoint: endpoint ?? '', signal })
    findings.facts['apiWithToken'] = `HTTP ${status}`
    const code = codeOf(status, said.completed, endpoint !== undefined)
    if (code) findings.add(code, { seen: seenOf(code, said.completed, token) })
    return status < 300
  } catch (error) {
    if (!AuthSecError.isInstance(error)) throw error
    const { code, message, hint, systemCode } = error
    // Only the shape of a successful answer: what an endpoint returns is not the doctor's business.
    if (error.carriedOut || ['unexpected_content_type', 'invalid_response'].includes(code))
      return true
    if (code === 'endpoint_refused') findings.add('api_endpoint_missing', { seen: message })
    else if (code === 'timeout') findings.add('no_answer', { about: 'API' })
    else findings.add('connection_lost', { about: 'API', seen: systemCode ?? message, fix: hint })
    return false
  }
}

function codeOf(
  status: number,
  completed: Completed | undefined,
  isNamed: boolean,
): DoctorCode | undefined {
  const texts = `${completed?.challenge ?? ''} ${completed?.detail ?? ''}`
  if (status === 401 && /not signed|signature|signing key|\bkid\b/i.test(texts))
    return 'api_wrong_keys'
  if (status === 401) return BY_PROBLEM[completed?.tokenProblem ?? ''] ?? 'api_rejects_token'
  if (status === 403) return BY_PROBLEM[completed?.tokenProblem ?? ''] ?? 'api_permission'
  if (status === 404) return isNamed ? 'api_endpoint_missing' : undefined
  if (status === 503 && /keys?[_ ]|keys_unavailable|check_unavailable/.test(texts)) {
    return 'api_keys_unavailable'
  }
  return status >= 500 ? 'api_error' : undefined
}

/** The API's own words in quotation marks, and what the token has. */
function seenOf(
  code: DoctorCode,
  completed: Completed | undefined,
  { audience, permissions, tenantId }: DelegationToken,
): string {
  const words = completed?.challenge ?? completed?.detail
  const said =
    words === undefined
      ? `It answers HTTP ${completed?.status}.`
      : `It says ${JSON.stringify(words)}.`
  if (code === 'api_wrong_audience')
    return `${said} The token is for ${audience.join(', ') || 'none'}.`
  if (code === 'api_permission') return `${said} The token has ${permissions.join(', ') || 'none'}.`
  if (code === 'api_wrong_issuer' && tenantId !== undefined) {
    return `${said} The facts have the fingerprint of the tenant of the token.`
  }
  return said
}

/** An answer without a token that should have been a 401. */
export function checkProtected(
  answer: ProbeAnswer,
  endpoint: string | undefined,
  findings: Findings,
): void {
  if (endpoint !== undefined && answer.status < 300) {
    findings.add('api_unprotected', { seen: `It answers HTTP ${answer.status}` })
  }
}
