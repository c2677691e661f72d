import { fingerprint } from '../support/fingerprint.ts'

/** The tenant that something is of, and the configured one, as fingerprints. */
export interface TenantMismatch {
  readonly given: string
  readonly expected: string
}

/** `workspace_id` on newer servers (contract 7.1). The issuer is `spiffe://<tenant>` (contract 2.3). */
const TENANT_CLAIMS = ['tenant_id', 'workspace_id']
const ISSUER = /^spiffe:\/\/([^/]+?)(?:\.mock\.authsec\.invalid)?\/?$/i

/**
 * The first of the given answers and claims that is of another tenant than the configured one. What names
 * no tenant cannot be compared.
 */
export function tenantMismatch(
  tenantId: string | undefined,
  records: readonly Readonly<Record<string, unknown>>[],
): TenantMismatch | undefined {
  if (tenantId === undefined) return undefined
  const given = records.flatMap(tenantsOf).find((tenant) => digitsOf(tenant) !== digitsOf(tenantId))
  if (given === undefined) return undefined
  return { given: fingerprint('ten', given.toLowerCase()), expected: fingerprint('ten', tenantId) }
}

function tenantsOf(record: Readonly<Record<string, unknown>>): string[] {
  const issuer = ISSUER.exec(String(record['iss'] ?? ''))?.[1]
  return [...TENANT_CLAIMS.map((name) => record[name]), issuer]
    .filter((value) => value !== undefined && value !== null)
    .map(String)
}

/** A UUID is the same with and without its dashes, and in any case of letters. */
function digitsOf(tenantId: string): string {
  return tenantId.trim().toLowerCase().replaceAll('-', '')
}
