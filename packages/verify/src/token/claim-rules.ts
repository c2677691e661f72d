import { isStringArray } from '../support/json-values.ts'
import type { VerificationErrorCode } from '../verification-codes.ts'

export interface ClaimRules {
  readonly tenantId: string
  /** The accepted values of `iss`, compared exactly. */
  readonly issuers: readonly string[]
  readonly audience: readonly string[]
  readonly clockToleranceSeconds: number
  readonly maxTokenLifetimeSeconds: number
  readonly subjectPattern: RegExp | undefined
}

export interface ClaimProblem {
  readonly code: VerificationErrorCode
  readonly message?: string
}

type Payload = Readonly<Record<string, unknown>>

const STRING_CLAIMS = ['jti', 'client_id', 'agent_type', 'user_id', 'email']

/**
 * The first rule that the claims break (RFC 7519 section 4.1, RFC 8725 section 3). `now` is in
 * milliseconds. The issuer is checked first, because keys are loaded for this tenant's tokens only.
 */
export function claimProblem(
  payload: Payload,
  rules: ClaimRules,
  now: number,
): ClaimProblem | undefined {
  return (
    issuerProblem(payload, rules) ??
    shapeProblem(payload) ??
    timeProblem(payload, rules, now) ??
    audienceProblem(payload, rules) ??
    subjectProblem(payload, rules)
  )
}

function issuerProblem(payload: Payload, rules: ClaimRules): ClaimProblem | undefined {
  const { iss, tenant_id: tenant, workspace_id: workspace } = payload
  if (typeof iss !== 'string') return invalid('The claim iss is missing.')
  if (!rules.issuers.includes(iss)) {
    return /\.mock\.authsec\.invalid$/.test(iss)
      ? {
          code: 'wrong_issuer',
          message:
            'The token was issued by an emulator in mock mode, and this API does not accept mock tokens.',
        }
      : { code: 'wrong_issuer' }
  }
  const contradicts = (id: unknown): boolean => id !== undefined && id !== rules.tenantId
  return contradicts(tenant) || contradicts(workspace) ? { code: 'wrong_issuer' } : undefined
}

function shapeProblem(payload: Payload): ClaimProblem | undefined {
  for (const name of ['exp', 'iat', 'nbf']) {
    const value = payload[name]
    if (name === 'nbf' && value === undefined) continue
    if (!Number.isSafeInteger(value)) {
      return invalid(`The claim ${name} is not a whole number of seconds.`)
    }
  }
  if (typeof payload['sub'] !== 'string' || payload['sub'] === '') {
    return invalid('The claim sub is missing.')
  }
  if (
    STRING_CLAIMS.some((name) => payload[name] !== undefined && typeof payload[name] !== 'string')
  ) {
    return invalid('A claim that must be a string is not a string.')
  }
  const { permissions } = payload
  if (permissions !== undefined && permissions !== null && !isStringArray(permissions)) {
    return invalid('The claim permissions is not an array of strings.')
  }
  return undefined
}

function timeProblem(payload: Payload, rules: ClaimRules, now: number): ClaimProblem | undefined {
  const seconds = Math.floor(now / 1000)
  const tolerance = rules.clockToleranceSeconds
  const exp = Number(payload['exp'])
  const iat = Number(payload['iat'])
  const start = Math.max(iat, Number(payload['nbf'] ?? iat))
  if (exp <= seconds - tolerance) return { code: 'token_expired' }
  if (start > seconds + tolerance) return { code: 'token_not_active' }
  // The tolerance is for clocks that differ. One issuer set all three times by the same clock.
  if (exp <= start) return invalid('The claim exp is not after iat and nbf.')
  if (exp - iat > rules.maxTokenLifetimeSeconds) {
    return invalid('The lifetime of the token is longer than this API accepts.')
  }
  return undefined
}

function audienceProblem(payload: Payload, rules: ClaimRules): ClaimProblem | undefined {
  const { aud } = payload
  const audience = typeof aud === 'string' ? [aud] : aud
  if (!isStringArray(audience)) return invalid('The claim aud is missing.')
  const isAccepted = audience.some((name) => rules.audience.includes(name))
  return isAccepted ? undefined : { code: 'wrong_audience' }
}

function subjectProblem(payload: Payload, rules: ClaimRules): ClaimProblem | undefined {
  if (!rules.subjectPattern || rules.subjectPattern.test(String(payload['sub']))) return undefined
  return invalid('This API does not accept the subject of the token.')
}

function invalid(message: string): ClaimProblem {
  return { code: 'token_invalid', message }
}
