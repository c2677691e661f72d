import type { ProbeAnswer } from '../../probe/exchange.ts'
import { probe } from '../../probe/probe.ts'
import type { Target } from '../inputs.ts'
import type { Findings } from '../report.ts'

/**
 * Whether AuthSec answers at the address, and which server it is. It asks for the key bundle without a tenant, which
 * every version answers with 400 and which makes nothing (contract 2.1). Returns whether to go on.
 */
export async function checkServer(
  { authSecUrl, way }: Target,
  findings: Findings,
): Promise<boolean> {
  const url = new URL('spiresvc/v1/jwt/bundle', authSecUrl)
  const probed = await probe({ url }, way)
  if ('problems' in probed) {
    findings.addProblems(probed.problems)
    return false
  }
  const { answer } = probed
  checkClock(answer, findings)
  checkLimit(answer, findings)
  const generation = generationOf(answer.text)
  if (generation !== undefined) findings.facts['server'] = generation
  return isAuthSec(answer, findings)
}

/** The parameter that the bundle asks for has another name on newer servers. */
function generationOf(text: string): string | undefined {
  if (/workspace_id/.test(text)) return 'newer server (workspaces)'
  return /tenant_id/.test(text) ? 'April 2026 server (tenants)' : undefined
}

function isAuthSec({ status, headers, text }: ProbeAnswer, findings: Findings): boolean {
  if (status >= 300 && status < 400) {
    findings.add('redirected', { seen: `It leads to ${placeOf(headers.location)}` })
    return false
  }
  if (status === 429) {
    findings.add('rate_limited')
    return false
  }
  if (isPage({ headers, text })) {
    addPage({ status, text }, findings)
    return false
  }
  const isBasic = status === 401 && /^basic/i.test(headers['www-authenticate'] ?? '')
  if (!isBasic && !(status < 300 && !isJson(text))) return true
  const seen = isBasic
    ? 'It asks for a user name and a password'
    : `It answers HTTP ${status} without JSON`
  findings.add('not_authsec', { seen })
  return false
}

/** HTML in place of JSON. */
export function isPage({ headers, text }: Pick<ProbeAnswer, 'headers' | 'text'>): boolean {
  return /html/i.test(headers['content-type'] ?? '') || /^\s*<(!doctype|html)/i.test(text)
}

/** The finding for a page. */
export function addPage(
  { status, text }: Pick<ProbeAnswer, 'status' | 'text'>,
  findings: Findings,
  about?: string,
): void {
  const isLogin = /type=["']?password|\b(log|sign)[ -]?in\b|single sign-on|captive/i.test(text)
  const code = status >= 500 ? 'server_error' : isLogin ? 'login_page' : 'not_authsec'
  findings.add(code, { about, seen: `It answers HTTP ${status} with a page` })
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** Scheme, host and port of a redirect: its path and query may hold secrets. */
export function placeOf(location: string | undefined): string {
  const url = URL.parse(location ?? '')
  if (url) return url.origin
  return location === undefined ? 'nowhere' : 'another path of the same server'
}

const MAX_SKEW_SECONDS = 30

/** The server's clock is its `Date` plus `Age` (contract 7.2). */
export function checkClock({ headers, at }: ProbeAnswer, findings: Findings, about?: string): void {
  const { date = '', age = '0' } = headers
  const server = Date.parse(date) + (Number(age) || 0) * 1000
  if (Number.isNaN(server)) return
  // A `Date` has whole seconds: half a second later, on average.
  const seconds = Math.round((at - server - 500) / 1000)
  const name = about === undefined ? 'clockSkewSeconds' : 'apiClockSkewSeconds'
  findings.facts[name] = seconds
  if (Math.abs(seconds) <= MAX_SKEW_SECONDS) return
  const seen = `This computer is ${Math.abs(seconds)} s ${seconds > 0 ? 'ahead' : 'behind'}`
  findings.add('clock_skew', { about, seen })
}

/** Gateways tell what is left of their limit; AuthSec itself does not (contract 0.1). */
function checkLimit({ headers }: ProbeAnswer, findings: Findings): void {
  const one = (name: string): string => String(headers[name] ?? '')
  const left =
    /^\s*(\d+)/.exec(one('x-ratelimit-remaining') || one('ratelimit-remaining'))?.[1] ??
    /\br(?:emaining)?=(\d+)/.exec(one('ratelimit'))?.[1]
  if (left === undefined) return
  findings.facts['requestsLeft'] = Number(left)
  if (Number(left) < 10) findings.add('rate_limit_low', { seen: `${left} are left` })
}
