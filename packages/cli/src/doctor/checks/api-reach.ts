import { randomBytes } from 'node:crypto'
import type { DelegationToken } from '@authsec/core'
import { networkRules } from '@authsec/core/adapter'
import type { ProbeAnswer } from '../../probe/exchange.ts'
import { probe, type Way } from '../../probe/probe.ts'
import type { Findings } from '../report.ts'
import { isThisComputer } from './address.ts'
import { addPage, checkClock, isPage, placeOf } from './server.ts'

const API = 'API'

/** The base URL of the API, which ends in a slash; `undefined` and a finding when no client would accept it. */
export function checkApiUrl(value: string, findings: Findings): URL | undefined {
  const url = URL.parse(value.trim())
  const seen = whyUnusable(url)
  if (seen !== undefined || !url) {
    findings.add('api_url_invalid', { seen })
    return undefined
  }
  if (!url.pathname.endsWith('/')) url.pathname += '/'
  findings.facts['api'] = url.href
  return url
}

function whyUnusable(url: URL | null): string | undefined {
  if (!url) return 'It is no absolute URL'
  if (url.username || url.password || url.search || url.hash) {
    return 'It has a query, a fragment or a user name'
  }
  if (networkRules.isForbiddenHost(url.hostname)) return 'It names a link-local or metadata address'
  if (url.protocol === 'https:' || (url.protocol === 'http:' && isThisComputer(url)))
    return undefined
  return url.protocol === 'http:'
    ? 'It uses plain http to another computer'
    : 'It does not use https'
}

/** Whether the API answers at all, asked without a token. Returns its answer. */
export async function reachApi(
  url: URL,
  way: Way,
  findings: Findings,
): Promise<ProbeAnswer | undefined> {
  const probed = await probe({ url }, way)
  if ('problems' in probed) {
    findings.addProblems(probed.problems, API)
    return undefined
  }
  const { answer } = probed
  const { status, headers } = answer
  checkClock(answer, findings, API)
  findings.facts['apiWithoutToken'] = `HTTP ${status}`
  if (status >= 300 && status < 400) {
    findings.add('redirected', { about: API, seen: `It leads to ${placeOf(headers.location)}` })
    return undefined
  }
  if (isPage(answer) && status < 400) {
    addPage(answer, findings, API)
    return undefined
  }
  if (status === 401 && headers['www-authenticate'] === undefined) findings.add('api_no_challenge')
  return answer
}

/**
 * Whether the API takes a token that nobody signed, for the same tenant, audience and permissions. The forgery is made
 * here and opens nothing elsewhere.
 */
export async function checkForgery(
  url: URL,
  way: Way,
  token: DelegationToken,
  findings: Findings,
): Promise<void> {
  const headers = { authorization: `Bearer ${forged(token)}` }
  const probed = await probe({ url, headers }, way)
  if ('answer' in probed && probed.answer.status < 300) {
    findings.add('api_accepts_forgery', { seen: `It answers HTTP ${probed.answer.status}` })
  }
}

function forged({ tenantId, audience, permissions, expiresAt }: DelegationToken): string {
  const iat = Math.floor(Date.now() / 1000) - 10
  const claims = {
    iss: `spiffe://${tenantId}`,
    sub: 'spiffe://authsec-doctor.invalid/forgery',
    aud: audience,
    iat,
    nbf: iat,
    exp: Math.floor(expiresAt.getTime() / 1000),
    permissions,
  }
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  const signature = randomBytes(256).toString('base64url')
  return `${part({ alg: 'RS256', typ: 'JWT' })}.${part(claims)}.${signature}`
}
