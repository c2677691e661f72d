/** Why an API rejected a token, named as `@authsec/verify` names it. */
export type TokenProblem =
  | 'token_missing'
  | 'token_malformed'
  | 'token_invalid'
  | 'token_expired'
  | 'token_not_active'
  | 'token_revoked'
  | 'wrong_audience'
  | 'wrong_issuer'

const problemTexts: Readonly<Record<TokenProblem, string>> = {
  token_missing: 'It did not reach the API: a proxy before it may remove the Authorization header.',
  token_malformed:
    'It did not reach the API as AuthSec issued it: a proxy before it may change or repeat the Authorization header.',
  token_invalid:
    'Its signature, its key or a claim is not what the API accepts: the verifier of the API has to use the keys of the tenant.',
  token_expired:
    'It has expired: unless AuthSec returns a newer one, an administrator has to delegate again.',
  token_not_active: 'It is not valid yet: the clocks of the API and of AuthSec have to agree.',
  token_revoked: 'It was revoked: an administrator has to delegate again.',
  wrong_audience:
    'It was issued for another audience: the delegation and the verifier of the API have to name the same one.',
  wrong_issuer:
    'It was issued by another issuer or for another tenant: the agent and the verifier of the API have to use the same tenant.',
}

/** Our words for what an API says about the token, with the remedy; its own are not repeated. */
export function tokenProblemText(problem: string): string {
  return Object.entries(problemTexts).find(([name]) => name === problem)?.[1] ?? ''
}

export interface Challenge {
  readonly error: string | undefined
  readonly description: string | undefined
  /** Why exactly, in the words of `@authsec/verify`. */
  readonly code: string | undefined
  /** The permissions that are needed, with spaces between them. */
  readonly scope: string | undefined
  /** Where the metadata of the API is (RFC 9728 section 5.1). */
  readonly resourceMetadata: string | undefined
}

/**
 * `error` and `error_description` of a challenge (RFC 6750 section 3, RFC 9110 section 11.6.1), and the
 * `authsec_code` of `@authsec/verify`. Server text.
 */
export function challengeIn(header: string | undefined): Challenge | undefined {
  if (header === undefined) return undefined
  const found = new Map<string, string>()
  // A quoted text is taken whole, so that what looks like a parameter in it is none.
  for (const [, name = '', quoted, plain] of header.matchAll(PARAMETER)) {
    const value = quoted?.replace(/\\(.)/g, '$1') ?? plain
    if (value && !found.has(name.toLowerCase())) found.set(name.toLowerCase(), value)
  }
  return {
    error: found.get('error'),
    description: found.get('error_description'),
    code: found.get('authsec_code'),
    scope: found.get('scope'),
    resourceMetadata: found.get('resource_metadata'),
  }
}

const MAX_NAMED_PERMISSIONS = 5
const PERMISSION_NAME = /^[A-Za-z0-9_.*/-]{1,40}:[A-Za-z0-9_.*/:-]{1,40}$/

/** Names of a server that may be repeated: only short ones of the form `resource:action`, and few. */
export function permissionNames(names: readonly unknown[]): readonly string[] {
  const isName = (name: unknown): name is string =>
    typeof name === 'string' && PERMISSION_NAME.test(name)
  return names.filter(isName).slice(0, MAX_NAMED_PERMISSIONS)
}

const PARAMETER =
  /(?<=[ ,\t])([\w-]{1,60})[ \t]{0,9}=[ \t]{0,9}(?:"((?:[^"\\]|\\.){0,1000})"|([\w.-]{1,200}))/g

/** The problem whose name the API says, in the challenge or as the `error` of its JSON. */
export function tokenProblemNamed(name: unknown): TokenProblem | undefined {
  return (Object.keys(problemTexts) as TokenProblem[]).find((known) => known === name)
}

type ProblemInWords = Exclude<TokenProblem, 'token_missing' | 'token_malformed' | 'token_invalid'>

/** The words of `@authsec/verify` and of common JWT libraries. */
const WORDS: Readonly<Record<ProblemInWords, RegExp>> = {
  wrong_audience: /\baud\b|audience/i,
  wrong_issuer: /\biss\b|issuer|tenant/i,
  token_expired: /expired|\bexp\b/i,
  token_not_active: /not (yet )?(active|valid yet)|not yet valid|\bnbf\b|token_not_active/i,
  token_revoked: /revoked/i,
}

/** The one problem that the texts speak of; `undefined` when they speak of none or of several. */
export function tokenProblemIn(texts: readonly string[], status: number): TokenProblem | undefined {
  const text = texts.join(' ').replaceAll('_', ' ')
  const found = (Object.keys(WORDS) as ProblemInWords[]).filter((name) => WORDS[name].test(text))
  const [only] = found
  if (only === undefined || found.length > 1) return undefined
  // A 403 can be about a tenant or an expired licence that has nothing to do with the token.
  return status === 401 || /token/i.test(text) ? only : undefined
}
