import { invalidOption, missingOption } from '../options/option-checks.ts'
import { refuseQuotes } from '../options/quotes.ts'

/** In the form in which AuthSec knows it. Throws `ConfigError` for what is no client ID. */
export function canonicalClientId(value: unknown): string {
  if (typeof value !== 'string' || value.trim() === '') {
    throw missingOption('clientId', "Set it to the agent's client ID (AUTHSEC_AGENT_CLIENT_ID).")
  }
  return uuid(value, 'clientId')
}

const UUID_VARIABLES: Readonly<Record<string, string>> = {
  clientId: 'AUTHSEC_AGENT_CLIENT_ID',
  tenantId: 'AUTHSEC_TENANT_ID',
}

/** Converts every form that the server parses into the canonical one, the only one by which it finds tokens (contract 1.1). */
export function uuid(value: string, field: string): string {
  const digits = value
    .trim()
    .toLowerCase()
    .replace(/^urn:uuid:/, '')
    .replace(/^\{(.*)\}$/, '$1')
  const match = /^([0-9a-f]{8})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{12})$/.exec(
    digits,
  )
  if (match) return match.slice(1).join('-')
  refuseQuotes(value.trim(), field)
  const variable = UUID_VARIABLES[field]
  throw invalidOption(
    field,
    'is not a UUID',
    `Copy ${field}${variable ? ` (${variable})` : ''} again from the AuthSec dashboard, whole and without additions.`,
  )
}
