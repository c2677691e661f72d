import type { VaultRecord } from './vault-record.ts'
import { accessReviews } from './vault-records-access-reviews.ts'
import { findings } from './vault-records-findings.ts'
import { incidents } from './vault-records-incidents.ts'
import { policies } from './vault-records-policies.ts'

export type { VaultRecord } from './vault-record.ts'

/** The invented data of a small company's security vault. The files `vault-records-*` hold the rest of it. */
export const vaultMetrics = {
  period: { from: '2026-11-16', to: '2026-11-22' },
  failed_logins: { total: 1284, change_percent: 38, top_source: 'vpn-gateway-2' },
  mfa_coverage_percent: 96.4,
  privileged_sessions: { total: 212, recorded: 209, outside_change_window: 7 },
  secrets: { static_keys_found: 14, older_than_90_days: 9, rotated_this_week: 3 },
  endpoints: { enrolled: 1893, out_of_date: 64, isolated: 1 },
  vulnerabilities: { critical_open: 3, high_open: 21, median_days_to_patch: 11 },
  agents: { delegations_active: 18, delegations_revoked: 2, calls_refused: 41 },
} as const

const firstRecords: readonly VaultRecord[] = [
  {
    id: 'rec-0001',
    title: 'Password spraying against the VPN gateway',
    kind: 'incident',
    clearance: 'confidential',
    severity: 'high',
    status: 'open',
    owner: 'network-security',
    updated_at: '2026-11-21T08:40:00Z',
    summary:
      'Failed logins on vpn-gateway-2 tripled between 02:00 and 04:30 UTC, from 43 addresses of one hosting provider. No account was taken over; two service accounts without MFA were locked.',
  },
  {
    id: 'rec-0002',
    title: 'Static cloud key in a build script',
    kind: 'finding',
    clearance: 'confidential',
    severity: 'critical',
    status: 'open',
    owner: 'platform',
    updated_at: '2026-11-20T15:05:00Z',
    summary:
      'The nightly export of the billing team carries a cloud access key that is 412 days old and may write to every bucket. The owner has left; rotation waits for a list of its users.',
  },
  {
    id: 'rec-0003',
    title: 'Privileged sessions outside the change window',
    kind: 'access-review',
    clearance: 'internal',
    severity: 'medium',
    status: 'open',
    owner: 'identity',
    updated_at: '2026-11-22T06:15:00Z',
    summary:
      'Seven root sessions were opened on production databases outside an approved window. Six belong to the on-call engineer of the storage outage; one has no ticket.',
  },
  {
    id: 'rec-0004',
    title: 'Laptop isolated after malware alert',
    kind: 'incident',
    clearance: 'internal',
    severity: 'medium',
    status: 'mitigated',
    owner: 'endpoint',
    updated_at: '2026-11-19T11:30:00Z',
    summary:
      'A sales laptop ran a loader from a fake meeting invitation. It was isolated after nine minutes; memory shows no lateral movement, and the user credentials were reset.',
  },
  {
    id: 'rec-0005',
    title: 'Agents must not hold static credentials',
    kind: 'policy',
    clearance: 'internal',
    severity: 'low',
    status: 'closed',
    owner: 'security-architecture',
    updated_at: '2026-10-02T09:00:00Z',
    summary:
      'Software agents authenticate with delegated tokens of at most one hour. Keys in environment variables are a finding from January on; exceptions need a named owner and an end date.',
  },
  {
    id: 'rec-0006',
    title: 'Insider case 2026-07',
    kind: 'incident',
    clearance: 'restricted',
    severity: 'critical',
    status: 'open',
    owner: 'legal',
    updated_at: '2026-11-18T17:20:00Z',
    summary:
      'An engineer in notice copied design documents to a private account on three evenings. Legal leads; the account is preserved, and nobody outside the case team is to be told.',
  },
  {
    id: 'rec-0007',
    title: 'Unpatched deserialisation flaw in the report server',
    kind: 'finding',
    clearance: 'confidential',
    severity: 'critical',
    status: 'open',
    owner: 'application-security',
    updated_at: '2026-11-22T13:45:00Z',
    summary:
      'The report server accepts serialised objects from any signed-in user. The vendor fix is out; the upgrade is planned for Thursday, and a filter at the proxy holds until then.',
  },
  {
    id: 'rec-0008',
    title: 'Quarterly review of administrator groups',
    kind: 'access-review',
    clearance: 'internal',
    severity: 'low',
    status: 'closed',
    owner: 'identity',
    updated_at: '2026-11-10T10:00:00Z',
    summary:
      'Of 88 administrator accounts 11 were removed and 6 were reduced to read access. Two break-glass accounts had not been tested for a year and now are.',
  },
  {
    id: 'rec-0009',
    title: 'Keys of the payment partner shared by e-mail',
    kind: 'incident',
    clearance: 'restricted',
    severity: 'high',
    status: 'mitigated',
    owner: 'finance-security',
    updated_at: '2026-11-14T14:10:00Z',
    summary:
      'A partner sent production signing keys as an attachment to four people. The keys were replaced the same day; settlement files of that afternoon were checked by hand.',
  },
  {
    id: 'rec-0010',
    title: 'Revoked agent kept calling the export API',
    kind: 'finding',
    clearance: 'internal',
    severity: 'medium',
    status: 'mitigated',
    owner: 'platform',
    updated_at: '2026-11-17T16:25:00Z',
    summary:
      'After its delegation was revoked an export agent used its last token for 22 minutes, until expiry. Lifetimes of export delegations are now 15 minutes.',
  },
  {
    id: 'rec-0011',
    title: 'Backups of the records store',
    kind: 'policy',
    clearance: 'internal',
    severity: 'low',
    status: 'closed',
    owner: 'platform',
    updated_at: '2026-09-12T08:00:00Z',
    summary:
      'Backups are taken every six hours, encrypted with a key that the backup host cannot read, and restored into an empty network once a month.',
  },
  {
    id: 'rec-0012',
    title: 'Support tool shows full customer documents',
    kind: 'finding',
    clearance: 'confidential',
    severity: 'high',
    status: 'open',
    owner: 'application-security',
    updated_at: '2026-11-21T12:00:00Z',
    summary:
      'The support console loads identity documents of customers before the agent has given a reason. A reason field exists, but nothing checks it; 34 people have access.',
  },
]

/** Sorted by ID. */
export const vaultRecords: readonly VaultRecord[] = [
  ...firstRecords,
  ...incidents,
  ...findings,
  ...policies,
  ...accessReviews,
]
