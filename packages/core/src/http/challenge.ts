/** Why an API rejected a token, named as `@authsec/verify` names it. */
export type TokenProblem =
  | 'token_expired'
  | 'token_not_active'
  | 'token_revoked'
  | 'wrong_audience'
  | 'wrong_issuer'

export interface Challenge {
  readonly error: string | undefined
  readonly description: string | undefined
}

/** `error` and `error_description` of a challenge (RFC 6750 section 3, RFC 9110 section 11.6.1). Server text. */
export function challengeIn(header: string | undefined): Challenge | undefined {
  if (header === undefined) return undefined
  return { error: parameter(header, 'error'), description: parameter(header, 'error_description') }
}

function parameter(header: string, name: string): string | undefined {
  const form = new RegExp(
    `[ ,]${name}\\s*=\\s*(?:"((?:[^"\\\\]|\\\\.){1,1000})"|([\\w.-]{1,200}))`,
    'i',
  )
  const found = form.exec(header)
  return found?.[1]?.replace(/\\(.)/g, '$1') ?? found?.[2]
}

/** The words of `@authsec/verify` and of common JWT libraries. */
const WORDS: Readonly<Record<TokenProblem, RegExp>> = {
  wrong_audience: /\baud\b|audience/i,
  wrong_issuer: /\biss\b|issuer|tenant/i,
  token_expired: /expired|\bexp\b/i,
  token_not_active: /not (yet )?(active|valid yet)|not yet valid|\bnbf\b|token_not_active/i,
  token_revoked: /revoked/i,
}

/** The one problem that the texts speak of; `undefined` when they speak of none or of several. */
export function tokenProblemIn(texts: readonly string[], status: number): TokenProblem | undefined {
  const text = texts.join(' ').replaceAll('_', ' ')
  const found = (Object.keys(WORDS) as TokenProblem[]).filter((name) => WORDS[name].test(text))
  const [only] = found
  if (only === undefined || found.length > 1) return undefined
  // A 403 can be about a tenant or an expired licence that has nothing to do with the token.
  return status === 401 || /token/i.test(text) ? only : undefined
}
