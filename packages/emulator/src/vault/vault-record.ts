/** A record of the vault in the form that its API returns. */
export interface VaultRecord {
  readonly id: string
  readonly title: string
  readonly kind: 'incident' | 'finding' | 'policy' | 'access-review'
  readonly clearance: 'internal' | 'confidential' | 'restricted'
  readonly severity: 'low' | 'medium' | 'high' | 'critical'
  readonly status: 'open' | 'mitigated' | 'closed'
  readonly owner: string
  readonly updated_at: string
  readonly summary: string
}
