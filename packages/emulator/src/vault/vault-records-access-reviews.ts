import type { VaultRecord } from './vault-record.ts'

/** Who has access, and who should not. All invented. */
export const accessReviews: readonly VaultRecord[] = [
  {
    id: 'rec-0053',
    title: 'Review of the payment system',
    kind: 'access-review',
    clearance: 'confidential',
    severity: 'high',
    status: 'open',
    owner: 'finance-security',
    updated_at: '2026-11-16T12:00:00Z',
    summary:
      'Four people can both enter and release payments, which the four-eyes rule forbids. Two moved teams in spring and kept their old role. Their release right ends on Friday.',
  },
  {
    id: 'rec-0054',
    title: 'Dormant accounts in the customer database',
    kind: 'access-review',
    clearance: 'internal',
    severity: 'medium',
    status: 'closed',
    owner: 'identity',
    updated_at: '2026-10-05T10:30:00Z',
    summary:
      'Of 416 accounts 73 had not signed in for half a year. They were disabled, and twelve people asked for theirs back within two weeks. The check runs monthly now.',
  },
  {
    id: 'rec-0055',
    title: 'Permissions of software agents',
    kind: 'access-review',
    clearance: 'internal',
    severity: 'medium',
    status: 'open',
    owner: 'platform',
    updated_at: '2026-11-21T15:25:00Z',
    summary:
      'Eighteen delegations to agents are active. Five hold permissions they have not used for sixty days, among them the export of customer records. Owners have until the end of the month to narrow them.',
  },
  {
    id: 'rec-0056',
    title: 'Access to the video recordings',
    kind: 'access-review',
    clearance: 'confidential',
    severity: 'low',
    status: 'closed',
    owner: 'facilities',
    updated_at: '2026-09-09T11:40:00Z',
    summary:
      'Recordings of the entrances can be seen by nine people instead of four, since a reception team shared its login. The login is gone; each viewer now has a name in the log.',
  },
  {
    id: 'rec-0057',
    title: 'Executive mailboxes and their delegates',
    kind: 'access-review',
    clearance: 'restricted',
    severity: 'high',
    status: 'open',
    owner: 'identity',
    updated_at: '2026-11-13T17:45:00Z',
    summary:
      'Seven assistants can read mailboxes of board members they no longer work for, one of them that of the head of legal. The delegations are removed one by one together with the board office; the list is not to be forwarded.',
  },
  {
    id: 'rec-0058',
    title: 'Source code repositories',
    kind: 'access-review',
    clearance: 'internal',
    severity: 'low',
    status: 'closed',
    owner: 'platform',
    updated_at: '2026-08-26T09:50:00Z',
    summary:
      'All 340 repositories were checked: 22 were open to every contractor, and 9 had an owner who has left. Each has a team as its owner now, and outside collaborators expire after ninety days.',
  },
  {
    id: 'rec-0059',
    title: 'Remote access of maintenance companies',
    kind: 'access-review',
    clearance: 'confidential',
    severity: 'high',
    status: 'open',
    owner: 'third-party-risk',
    updated_at: '2026-11-14T08:15:00Z',
    summary:
      'The elevator and cooling companies share one account that is always on. The cooling company needs it twice a year. Separate accounts that open on request are ordered for December.',
  },
  {
    id: 'rec-0060',
    title: 'Human resources files',
    kind: 'access-review',
    clearance: 'restricted',
    severity: 'medium',
    status: 'mitigated',
    owner: 'privacy',
    updated_at: '2026-11-07T14:05:00Z',
    summary:
      'Salary and sickness files of one site could be read by 31 managers of another after a reorganisation. Access was cut on the day it was found; the log shows that three files were opened, and the works council has their names.',
  },
  {
    id: 'rec-0061',
    title: 'Break-glass accounts after the storage outage',
    kind: 'access-review',
    clearance: 'confidential',
    severity: 'medium',
    status: 'closed',
    owner: 'identity',
    updated_at: '2026-10-29T13:30:00Z',
    summary:
      'Both emergency accounts were used during the outage in October, each with a ticket. One password was changed two days late. The reminder now goes to two people.',
  },
  {
    id: 'rec-0062',
    title: 'Analytics warehouse',
    kind: 'access-review',
    clearance: 'internal',
    severity: 'medium',
    status: 'open',
    owner: 'privacy',
    updated_at: '2026-11-10T16:15:00Z',
    summary:
      'The warehouse has 96 readers, and every one of them sees names and addresses. Most reports need neither. Views without them are ready, and access to the full tables will take a reason.',
  },
  {
    id: 'rec-0063',
    title: 'Shared mailboxes of the support teams',
    kind: 'access-review',
    clearance: 'internal',
    severity: 'low',
    status: 'closed',
    owner: 'identity',
    updated_at: '2026-07-14T10:20:00Z',
    summary:
      'Of 54 shared mailboxes 19 had no owner and 8 were forwarded to private addresses by an old rule. Forwarding outside is off, and each mailbox has an owner and a deputy.',
  },
  {
    id: 'rec-0064',
    title: 'Administrators of the directory service',
    kind: 'access-review',
    clearance: 'confidential',
    severity: 'critical',
    status: 'mitigated',
    owner: 'identity',
    updated_at: '2026-11-22T07:50:00Z',
    summary:
      'A nested group made 26 people administrators of the directory without anyone having decided it. The group was emptied on Saturday. Nesting into administrator groups is now refused.',
  },
]
