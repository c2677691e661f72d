import {
  type TokenProblem,
  tokenProblemIn,
  tokenProblemNamed,
  tokenProblemText,
} from './challenge.ts'
import type { Denial } from './challenge-source.ts'
import { denialIn } from './denial-text.ts'

/** Why AuthSec, or an API that verifies its tokens, did not let a call pass. Stable, for `switch`. */
export type ChallengeReason =
  | TokenProblem
  | 'insufficient_permission'
  | 'client_revoked'
  | 'verifier_unavailable'
  /** A 401 that says no more. */
  | 'unauthorized'
  /** A 403 that says no more. */
  | 'forbidden'

export const NO_TOKEN_HELPS: readonly ChallengeReason[] = [
  ...(['token_malformed', 'token_not_active', 'wrong_audience', 'wrong_issuer'] as const),
  ...(['insufficient_permission', 'client_revoked', 'verifier_unavailable', 'forbidden'] as const),
]

/** Names from other places for ours. */
const REASONS: Readonly<Record<string, ChallengeReason>> = {
  insufficient_permission: 'insufficient_permission',
  insufficient_scope: 'insufficient_permission',
  scope_insufficient: 'insufficient_permission',
  client_registration_revoked: 'client_revoked',
  keys_unavailable: 'verifier_unavailable',
  check_unavailable: 'verifier_unavailable',
  policy_unavailable: 'verifier_unavailable',
  no_token: 'token_missing',
  missing_token: 'token_missing',
  audience_mismatch: 'wrong_audience',
  invalid_audience: 'wrong_audience',
  issuer_mismatch: 'wrong_issuer',
  permission_missing: 'insufficient_permission',
  invalid_request: 'token_malformed',
}
/** Of OAuth as well (RFC 6749 section 5.2), where it is about any parameter: it takes a status or a challenge. */
const AMBIGUOUS = 'invalid_request'

function named(name: unknown): ChallengeReason | undefined {
  if (typeof name !== 'string') return undefined
  return tokenProblemNamed(name) ?? (Object.hasOwn(REASONS, name) ? REASONS[name] : undefined)
}

const STATUSES = [401, 403, 503]

/** From the exact to the vague: a code, a reason, an error of RFC 6750 with its words, a sentence, the status. */
export function challengeReason(denial: Denial): ChallengeReason | undefined {
  const { status, challenge, fields } = denial
  if (status !== undefined && !STATUSES.includes(status)) return undefined
  const error = fields['error'] ?? fields['code']
  const own = [fields['tokenProblem'], fields['reason'], error]
  const isRefused = status === 401 || status === 403
  const exact = [challenge?.code, ...own.filter((name) => isRefused || name !== AMBIGUOUS)].filter(
    (name) => name !== VAGUE,
  )
  const found = exact.map(named).find((reason) => reason !== undefined)
  // An outage says so by its code, or it is another one.
  if (found !== undefined || status === 503) return found
  return ofWords(denial, error === VAGUE || challenge?.error === VAGUE) ?? ofStatus(denial, error)
}

/** RFC 6750 section 3.1 has one error for every problem of a token. */
const VAGUE = 'invalid_token'

function ofWords(
  { status, challenge, text }: Denial,
  isVague: boolean,
): ChallengeReason | undefined {
  const words = [challenge?.description, text].filter((one) => one !== undefined)
  const exact = challenge?.error === VAGUE ? undefined : named(challenge?.error)
  if (exact !== undefined) return exact
  const said = named(denialIn(words.join(' '), isRefusal(status, challenge, isVague))?.code)
  if (said !== undefined && !(isVague && said === 'insufficient_permission')) return said
  if (!isVague && status !== 401) return undefined
  return tokenProblemIn(words, 401) ?? (isVague ? 'token_invalid' : undefined)
}

function isRefusal(status: unknown, challenge: unknown, isVague: boolean): boolean {
  return status !== undefined || challenge !== undefined || isVague
}

/** A challenge for a bearer without an error is for a request without a token (RFC 6750 section 3.1). */
function ofStatus(
  { status, challenge, isBearer, fields }: Denial,
  error: unknown,
): ChallengeReason | undefined {
  // An outcome of our own tools has our own codes.
  const code = fields['ok'] === false ? String(error).toUpperCase() : error
  if (status === 401)
    return isBearer && challenge?.error === undefined ? 'token_missing' : 'unauthorized'
  if (status === 403) return 'forbidden'
  if (code === 'UNAUTHORIZED') return 'unauthorized'
  return code === 'FORBIDDEN' ? 'forbidden' : undefined
}

const sentences: Readonly<Record<Exclude<ChallengeReason, TokenProblem>, string>> = {
  insufficient_permission:
    "The agent's token lacks a permission that the call needs: an administrator has to delegate it.",
  client_revoked:
    "The registration of the agent's client was revoked: an administrator has to approve it again, and no other token helps.",
  verifier_unavailable:
    'The API does not reach AuthSec to check the token: the call can be tried again later.',
  unauthorized: "The API did not accept the agent's token, and does not say why.",
  forbidden: 'The API does not let this agent do that.',
}

/** Our words for a reason, in one sentence. */
export function sentenceFor(reason: ChallengeReason, permissions: readonly string[]): string {
  const problem = tokenProblemText(reason)
  if (problem !== '') return problem.replace(/^Its /, "The token's ").replace(/^It /, 'The token ')
  const sentence = sentences[reason as keyof typeof sentences]
  if (reason !== 'insufficient_permission' || permissions.length === 0) return sentence
  return `The agent's token lacks a permission that the call needs (${permissions.join(', ')}): an administrator has to delegate it.`
}
