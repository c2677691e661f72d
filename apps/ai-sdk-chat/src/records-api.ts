import type { StartEmulatorOptions } from '@authsec/emulator'

type Route = NonNullable<StartEmulatorOptions['routes']>[number]

export interface CustomerRecord {
  readonly id: string
  readonly title: string
  readonly status: 'active' | 'closed'
  readonly updated_at: string
}

/** All of them are invented. */
const RECORDS: readonly CustomerRecord[] = [
  record('rec-0007', 'Hotel Lindenhof', 'active', '2026-11-24'),
  record('rec-0019', 'Brightwater Logistics', 'active', '2026-11-20'),
  record('rec-0023', 'Acme GmbH, duplicate of rec-0007', 'closed', '2025-02-11'),
  record('rec-0042', 'Northwind test account', 'closed', '2024-08-30'),
  record('rec-0058', 'Osteria da Piero', 'active', '2026-10-02'),
]

function record(
  id: string,
  title: string,
  status: CustomerRecord['status'],
  updated_at: string,
): CustomerRecord {
  return { id, title, status, updated_at }
}

/**
 * The API that the agent calls in mock mode: it lists records, and deletes one for good. The emulator verifies
 * token and permission before it calls these.
 */
export function recordsApi(more: readonly CustomerRecord[] = []): readonly Route[] {
  const records = new Map([...RECORDS, ...more].map((one) => [one.id, one]))
  return [
    {
      path: '/records',
      permission: 'records:read',
      handle: () => ({ records: [...records.values()], total: records.size }),
    },
    {
      method: 'DELETE',
      path: '/records/:id',
      permission: 'records:delete',
      handle({ params: { id = '' } }) {
        if (!records.delete(id))
          return Response.json({ error: 'record_not_found' }, { status: 404 })
        return { deleted: id, remaining: records.size }
      },
    },
  ]
}
