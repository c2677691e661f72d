import type { Env } from '@authsec/core'
import { networkRules, type ProxyChoice } from '@authsec/core/adapter'
import type { Way } from '../../probe/probe.ts'
import { variable } from '../../settings/settings.ts'
import type { Findings } from '../report.ts'

/** Which way requests go, by the rules of the client; `undefined` and a finding when the proxy cannot be used. */
export function checkProxy(env: Env, timeoutMs: number, findings: Findings): Way | undefined {
  try {
    const proxy = networkRules.chooseProxy(variable(env, 'AUTHSEC_PROXY'), env, refused)
    findings.facts['proxy'] = factsOf(proxy)
    return { proxy, unused: unusedProxy(proxy, env), timeoutMs }
  } catch (error) {
    findings.add('proxy_malformed', { seen: error instanceof Error ? error.message : undefined })
    return undefined
  }
}

function refused(field: string, problem: string): Error {
  return new Error(`${field === 'proxy' ? 'AUTHSEC_PROXY' : field} ${problem}.`)
}

/** The proxy that would be used if Node.js were told to; one that is malformed helps nobody. */
function unusedProxy({ unusedVariable }: ProxyChoice, env: Env): ProxyChoice {
  if (unusedVariable === undefined) return {}
  const option = env[unusedVariable]
  try {
    const { rules } = networkRules.chooseProxy(option, env, refused)
    return rules ? { rules: { ...rules, source: unusedVariable } } : {}
  } catch {
    return {}
  }
}

function factsOf({ rules, unusedVariable }: ProxyChoice): unknown {
  if (rules) return { used: true, from: rules.source === 'proxy' ? 'AUTHSEC_PROXY' : rules.source }
  return unusedVariable === undefined ? undefined : { used: false, from: unusedVariable }
}
