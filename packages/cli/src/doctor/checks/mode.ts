import { variable } from '../../settings/settings.ts'
import type { Inputs } from '../inputs.ts'
import type { Findings } from '../report.ts'

/** The mode in which a client of this environment works (docs/modes.md); `undefined` when it works in none. */
export function checkMode(
  { settings: { env } }: Inputs,
  findings: Findings,
): 'live' | 'mock' | undefined {
  const wish = variable(env, 'AUTHSEC_MODE')?.toLowerCase()
  const hasUrl = variable(env, 'AUTHSEC_BASE_URL') !== undefined
  const hasId = variable(env, 'AUTHSEC_AGENT_CLIENT_ID') !== undefined
  const isProduction = /^prod(uction)?$/i.test(variable(env, 'NODE_ENV') ?? '')
  const mode = wish === 'mock' ? mockMode(isProduction, hasUrl || hasId, findings) : 'live'
  if (wish !== undefined && !['live', 'mock', 'auto'].includes(wish)) findings.add('mode_unknown')
  if (mode === 'live' && !hasUrl && !hasId && wish === 'auto' && !isProduction) {
    return noted('mock', findings)
  }
  if (mode === 'live' && !(hasUrl && hasId)) {
    if (hasUrl) findings.add('client_id_missing')
    else if (hasId) findings.add('base_url_missing')
    else findings.add('not_configured')
  }
  return mode && noted(mode, findings)
}

function mockMode(
  isProduction: boolean,
  hasServer: boolean,
  findings: Findings,
): 'mock' | undefined {
  if (isProduction) {
    findings.add('mode_refused')
    return undefined
  }
  if (hasServer) findings.add('mode_ignores_server')
  return 'mock'
}

function noted<Mode extends string>(mode: Mode, { facts }: Findings): Mode {
  facts['mode'] = mode
  return mode
}
