import { randomBytes } from 'node:crypto'
import type { ProbeAnswer } from '../../probe/exchange.ts'
import { probe } from '../../probe/probe.ts'
import { variable } from '../../settings/settings.ts'
import type { Inputs, Target } from '../inputs.ts'
import type { Findings } from '../report.ts'
import { isPage } from './server.ts'

/**
 * Whether approvals can be asked for. It polls a request that does not exist, which rings nobody's phone (contract 3.3
 * and 3.5). Whether the approver is known cannot be asked without ringing: `initiate` sends the push before it answers
 * (contract 3.2), and nothing else looks the address up.
 */
export async function checkApprovals(
  inputs: Inputs,
  target: Target,
  findings: Findings,
): Promise<void> {
  const { approver, cibaClientId } = inputs
  if (approver !== undefined) {
    if (!/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(approver)) findings.add('approver_malformed')
    findings.facts['approver'] = 'not looked up: every way to ask about an approver rings the phone'
  }
  const isWanted = approver !== undefined || cibaClientId !== undefined
  const flow = flowOf(inputs, target)
  const probed = await probe(pollOf(flow, inputs, target), target.way)
  if ('problems' in probed) {
    if (isWanted) findings.addProblems(probed.problems, 'Approvals')
    return
  }
  findings.facts['approvals'] = `${flow} flow, HTTP ${probed.answer.status}`
  if (isWanted) judge(probed.answer, flow, findings)
}

type Flow = 'admin' | 'tenant' | 'workspace'

/** The same choice as that of the client. */
function flowOf({ cibaClientId }: Inputs, { env }: Target): Flow {
  if (cibaClientId === undefined) return 'admin'
  return variable(env, 'AUTHSEC_CIBA_CLIENT_SECRET') === undefined ? 'tenant' : 'workspace'
}

const PATHS: Readonly<Record<Flow, string>> = {
  admin: 'uflow/auth/ciba/token',
  tenant: 'uflow/auth/tenant/ciba/token',
  workspace: 'uflow/auth/workspace/ciba/token',
}

function pollOf(
  flow: Flow,
  { cibaClientId }: Inputs,
  { authSecUrl, env }: Target,
): Parameters<typeof probe>[0] {
  const secret = variable(env, 'AUTHSEC_CIBA_CLIENT_SECRET') ?? ''
  const basic = [cibaClientId ?? '', secret].map(encodeURIComponent).join(':')
  const body = JSON.stringify({
    auth_req_id: randomBytes(32).toString('base64url'),
    ...(flow !== 'admin' && { client_id: cibaClientId }),
  })
  return {
    url: new URL(PATHS[flow], authSecUrl),
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'content-length': String(Buffer.byteLength(body)),
      ...(flow === 'workspace' && { authorization: `Basic ${btoa(basic)}` }),
    },
    body,
  }
}

function judge(answer: ProbeAnswer, flow: Flow, findings: Findings): void {
  const { status, headers, text } = answer
  const seen = `The ${flow} flow answers HTTP ${status}`
  const error = errorIn(text)
  if (status === 404) return void findings.add('approvals_missing', { seen })
  if (error === 'invalid_client' || status === 401) {
    return void findings.add('approvals_client_rejected', { seen })
  }
  if (status >= 500 || isPage(answer) || error === undefined) {
    return void findings.add('approvals_failed', { seen })
  }
  if (headers['deprecation'] !== undefined) {
    const { sunset } = headers
    findings.add('approvals_deprecated', {
      seen:
        typeof sunset === 'string' ? `The end is announced for ${sunset.slice(0, 40)}` : undefined,
    })
  }
}

function errorIn(text: string): string | undefined {
  try {
    const body: unknown = JSON.parse(text)
    const error =
      typeof body === 'object' && body !== null && 'error' in body ? body.error : undefined
    return typeof error === 'string' ? error : undefined
  } catch {
    return undefined
  }
}
