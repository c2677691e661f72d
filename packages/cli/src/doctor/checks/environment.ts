import type { Env } from '@authsec/core'
import { nearestName } from '@authsec/core/adapter'
import { variable } from '../../settings/settings.ts'
import type { Inputs } from '../inputs.ts'
import type { Findings } from '../report.ts'

const KNOWN = [
  'AUTHSEC_BASE_URL',
  'AUTHSEC_AGENT_CLIENT_ID',
  'AUTHSEC_API_TOKEN',
  'AUTHSEC_TENANT_ID',
  'AUTHSEC_API_URL',
  'AUTHSEC_PROXY',
  'AUTHSEC_APPROVAL_KEYS',
  'AUTHSEC_TOKEN_KEYS',
  'AUTHSEC_MODE',
  'AUTHSEC_CIBA_CLIENT_SECRET',
  'AUTHSEC_MCP_AUDIENCE',
  'AUTHSEC_MCP_PERMISSION',
  'AUTHSEC_MCP_PUBLIC_URL',
]

/** Names that people write, too far from the right one to be found by spelling. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  URL: 'AUTHSEC_BASE_URL',
  SERVERURL: 'AUTHSEC_BASE_URL',
  HOST: 'AUTHSEC_BASE_URL',
  ENDPOINT: 'AUTHSEC_BASE_URL',
  BASE: 'AUTHSEC_BASE_URL',
  CLIENTID: 'AUTHSEC_AGENT_CLIENT_ID',
  AGENTID: 'AUTHSEC_AGENT_CLIENT_ID',
  TENANT: 'AUTHSEC_TENANT_ID',
  TOKEN: 'AUTHSEC_API_TOKEN',
  API: 'AUTHSEC_API_URL',
  APPROVALKEY: 'AUTHSEC_APPROVAL_KEYS',
  TOKENKEY: 'AUTHSEC_TOKEN_KEYS',
}

/** Variables whose names or values cannot be meant. */
export function checkEnvironment({ settings }: Inputs, findings: Findings): void {
  const { env, unreadable, envFile } = settings
  if (unreadable !== undefined)
    findings.add('env_file_unreadable', { seen: `The file is ${unreadable}.` })
  findings.facts['variables'] = KNOWN.filter((name) => variable(env, name) !== undefined)
  if (envFile !== undefined) findings.facts['envFile'] = envFile
  for (const name of Object.keys(env)) checkName(name, env, findings)
  for (const name of KNOWN) checkValue(name, env[name], findings)
  if (env['NODE_TLS_REJECT_UNAUTHORIZED'] === '0') findings.add('tls_checks_off')
}

function checkName(name: string, env: Env, findings: Findings): void {
  if (KNOWN.includes(name)) return
  const [, rest] = /^_*AUTH_?SEC_*(\w+)$/i.exec(name) ?? []
  if (rest === undefined) return
  const meant =
    OTHER_NAMES[rest.toUpperCase().replaceAll('_', '')] ??
    KNOWN.find((known) => squeezed(known) === squeezed(name)) ??
    nearestName(`AUTHSEC_${rest}`, KNOWN)
  if (meant === undefined || variable(env, meant) !== undefined) return
  const fix = `Rename ${name} to ${meant}.`
  findings.add('variable_misspelt', { seen: `${name} is set, and ${meant} is not.`, fix })
}

function squeezed(name: string): string {
  return name.toUpperCase().replaceAll('_', '')
}

function checkValue(name: string, value: string | undefined, findings: Findings): void {
  if (value === undefined) return
  if (value.trim() === '') return void findings.add('variable_empty', { seen: `It is ${name}.` })
  if (/^(["'`“‘]).*(["'`”’])$/s.test(value.trim())) {
    return void findings.add('value_quoted', { seen: `It is that of ${name}.` })
  }
  if (value !== value.trim()) {
    const what = /[\r\n]/.test(value) ? 'a line break' : 'spaces'
    findings.add('value_whitespace', { seen: `${name} has ${what} at its edge.` })
  }
}
