import type { VerificationErrorCode } from '../errors.ts'
import { isTextList } from '../json-values.ts'

export interface ClaimRules {
  readonly tenantId: string
  /** Whom to believe, exactly. */
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

const TEXT_CLAIMS = ['jti', 'client_id', 'agent_type', 'user_id', 'email']

/** The first rule that the claims break (RFC 7519 section 4.1, RFC 8725 section 3); the issuer comes first. */
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
  if (typeof iss !== 'string') return invalid('The token has no issuer.')
  if (!rules.issuers.includes(iss)) {
    return /\.mock\.authsec\.invalid$/.test(iss)
      ? {
          code: 'wrong_issuer',
          message: 'The token comes from an emulator in mock mode, which is not accepted here.',
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
    TEXT_CLAIMS.some((name) => payload[name] !== undefined && typeof payload[name] !== 'string')
  ) {
    return invalid('A claim that must be a text is not one.')
  }
  const { permissions } = payload
  if (permissions !== undefined && permissions !== null && !isTextList(permissions)) {
    return invalid('The claim permissions is not a list of texts.')
  }
  return undefined
}

function timeProblem(payload: Payload, rules: ClaimRules, now: number): ClaimProblem | undefined {
  const seconds = Math.floor(now / 1000)
  const tolerance = rules.clockToleranceSeconds
  const exp = Number(payload['exp'])
  const iat = Number(payload['iat'])
  if (exp <= seconds - tolerance) return { code: 'token_expired' }
  if (Math.max(iat, Number(payload['nbf'] ?? iat)) > seconds + tolerance) {
    return { code: 'token_not_active' }
  }
  if (exp - iat > rules.maxTokenLifetimeSeconds) {
    return invalid('The token lives longer than is accepted here.')
  }
  return undefined
}

function audienceProblem(payload: Payload, rules: ClaimRules): ClaimProblem | undefined {
  const { aud } = payload
  const audience = typeof aud === 'string' ? [aud] : aud
  if (!isTextList(audience)) return invalid('The claim aud is missing.')
  const isForUs = audience.some((name) => rules.audience.includes(name))
  return isForUs ? undefined : { code: 'wrong_audience' }
}

function subjectProblem(payload: Payload, rules: ClaimRules): ClaimProblem | undefined {
  if (!rules.subjectPattern || rules.subjectPattern.test(String(payload['sub']))) return undefined
  return invalid('The subject of the token is not accepted here.')
}

function invalid(message: string): ClaimProblem {
  return { code: 'token_invalid', message }
}
