import type { DelegationToken } from '@authsec/core'
import { networkRules } from '@authsec/core/adapter'
import {
  createDelegationVerifier,
  VerificationError,
  type VerificationErrorCode,
} from '@authsec/verify'
import { Problem } from '../../probe/problem.ts'
import type { DoctorCode } from '../codes.ts'
import type { Target } from '../inputs.ts'
import type { Findings } from '../report.ts'

const CODES: Readonly<Partial<Record<VerificationErrorCode, DoctorCode>>> = {
  token_invalid: 'signature_invalid',
  keys_unavailable: 'keys_unavailable',
  check_unavailable: 'keys_unavailable',
  token_not_active: 'clock_skew',
  token_expired: 'clock_skew',
}

/** Verifies the token as an API does, with the published keys of the tenant (contract 2.1). */
export async function checkSignature(
  target: Target,
  token: DelegationToken,
  findings: Findings,
): Promise<void> {
  const { authSecUrl, tenantId } = target
  const tenant = tenantId ?? token.tenantId
  // Without either there is nothing to compare with.
  if (tenant === undefined || token.audience.length === 0) return
  const verifier = createDelegationVerifier({
    authSecUrl: authSecUrl.href,
    tenantId: tenant,
    audience: token.audience,
    maxTokenLifetimeSeconds: 315_360_000,
    allowMockIssuer: true,
    proxy: proxyOf(target),
  })
  try {
    await within(target.way.timeoutMs, verifier.verify(token.value))
    findings.facts['signature'] = 'verified with the keys of the tenant'
  } catch (error) {
    if (error instanceof Problem) return void findings.addProblems([error])
    if (!VerificationError.isInstance(error)) throw error
    const { code, message, systemCode } = error
    findings.add(CODES[code] ?? 'token_rejected', { seen: systemCode ?? message })
  }
}

async function within(timeoutMs: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    const problem = new Problem('keys_unavailable', `They did not come in ${timeoutMs / 1000} s.`)
    timer = setTimeout(() => reject(problem), timeoutMs)
  })
  await Promise.race([work, late]).finally(() => clearTimeout(timer))
}

/** The verifier reads the variables of this process, which are not those of a file. */
function proxyOf({ authSecUrl, env, way: { proxy } }: Target): string | false {
  const { rules } = proxy
  if (!rules || !networkRules.usesProxy(rules, authSecUrl)) return false
  return env[rules.source === 'proxy' ? 'AUTHSEC_PROXY' : rules.source] ?? false
}
