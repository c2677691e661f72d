import type { VaultRecord } from './vault-record.ts'

/** Rules, and what they ask for. All invented. */
export const policies: readonly VaultRecord[] = [
  {
    id: 'rec-0041',
    title: 'Leaving employees and contractors',
    kind: 'policy',
    clearance: 'internal',
    severity: 'low',
    status: 'closed',
    owner: 'identity',
    updated_at: '2026-06-15T09:00:00Z',
    summary:
      'Access ends with the contract: accounts of contractors are disabled within 24 hours of the last working day, those of employees on that day. The manager hands back keys and laptop within a week, and mailboxes are kept for 90 days.',
  },
  {
    id: 'rec-0042',
    title: 'Travel with company devices',
    kind: 'policy',
    clearance: 'internal',
    severity: 'low',
    status: 'closed',
    owner: 'security-architecture',
    updated_at: '2026-05-20T09:00:00Z',
    summary:
      'To countries on the travel list only loan laptops are taken, without customer data. Devices are switched off at borders, and a device that was out of sight is wiped before it is used again.',
  },
  {
    id: 'rec-0043',
    title: 'Reporting a suspected incident',
    kind: 'policy',
    clearance: 'internal',
    severity: 'low',
    status: 'closed',
    owner: 'security-operations',
    updated_at: '2026-03-11T09:00:00Z',
    summary:
      'Anyone who suspects an incident calls the duty officer or writes to the security channel at once, without investigating alone. Nobody is blamed for a false alarm. The duty officer answers within fifteen minutes, day and night.',
  },
  {
    id: 'rec-0044',
    title: 'Passwords and second factors',
    kind: 'policy',
    clearance: 'internal',
    severity: 'low',
    status: 'closed',
    owner: 'identity',
    updated_at: '2026-04-02T09:00:00Z',
    summary:
      'Passwords have at least fourteen characters and are changed only when there is a reason. A second factor is required everywhere; codes by text message are no longer accepted, hardware keys or the authenticator are.',
  },
  {
    id: 'rec-0045',
    title: 'Keeping and deleting customer data',
    kind: 'policy',
    clearance: 'internal',
    severity: 'medium',
    status: 'closed',
    owner: 'privacy',
    updated_at: '2026-02-18T09:00:00Z',
    summary:
      'Orders are kept for ten years, support conversations for two, and web analytics for thirteen months. A request for deletion is done within thirty days, in backups at their next rotation.',
  },
  {
    id: 'rec-0046',
    title: 'Use of language models with company data',
    kind: 'policy',
    clearance: 'internal',
    severity: 'medium',
    status: 'open',
    owner: 'security-architecture',
    updated_at: '2026-11-04T09:00:00Z',
    summary:
      "Internal data may go to approved models only, confidential data only with the privacy team's consent, restricted data never. Agents act with delegated permissions of the person they work for, and what they retrieve is filtered by those.",
  },
  {
    id: 'rec-0047',
    title: 'Third parties and their access',
    kind: 'policy',
    clearance: 'confidential',
    severity: 'medium',
    status: 'closed',
    owner: 'third-party-risk',
    updated_at: '2026-08-06T09:00:00Z',
    summary:
      'Suppliers get named accounts, through the gateway, for the hours of the order. A supplier with access to customer data proves its controls every year; without proof access is suspended after a month.',
  },
  {
    id: 'rec-0048',
    title: 'Patching times',
    kind: 'policy',
    clearance: 'internal',
    severity: 'medium',
    status: 'closed',
    owner: 'platform',
    updated_at: '2026-01-29T09:00:00Z',
    summary:
      'Critical weaknesses are patched within seven days, high ones within thirty, others with the next release. What is exploited in the wild is patched or switched off within two days. Exceptions end after ninety days.',
  },
  {
    id: 'rec-0049',
    title: 'Emergency access to production',
    kind: 'policy',
    clearance: 'confidential',
    severity: 'medium',
    status: 'closed',
    owner: 'identity',
    updated_at: '2026-07-07T09:00:00Z',
    summary:
      'Two break-glass accounts lie in sealed envelopes in two buildings. Opening one alerts the duty officer and the head of platform, and the session is recorded. The password is changed the same day, and a report follows within a week.',
  },
  {
    id: 'rec-0050',
    title: 'Whistleblowers',
    kind: 'policy',
    clearance: 'restricted',
    severity: 'high',
    status: 'closed',
    owner: 'legal',
    updated_at: '2026-09-03T09:00:00Z',
    summary:
      'Reports come in through an ombudsman outside the company. Names are known to two people in legal, are kept apart from the case, and are never given to the unit concerned. Searching logs for a reporter is itself a violation.',
  },
  {
    id: 'rec-0051',
    title: 'Physical visitors',
    kind: 'policy',
    clearance: 'internal',
    severity: 'low',
    status: 'closed',
    owner: 'facilities',
    updated_at: '2026-03-25T09:00:00Z',
    summary:
      "Visitors are announced, sign in, wear a badge with a date and are accompanied. Data centre visits need two days' notice and a ticket. Photography is not allowed on the production floor.",
  },
  {
    id: 'rec-0052',
    title: 'Encryption of stored data',
    kind: 'policy',
    clearance: 'internal',
    severity: 'medium',
    status: 'closed',
    owner: 'security-architecture',
    updated_at: '2026-04-23T09:00:00Z',
    summary:
      'Disks, backups and object storage are encrypted with keys from the key service. Keys are rotated yearly and after a custodian leaves. Confidential fields are encrypted once more by the application.',
  },
]
