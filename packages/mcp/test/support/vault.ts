import { z } from 'zod'
import type { McpOperation } from '../../src/index.ts'

export const records: McpOperation = {
  name: 'list_records',
  description: 'Lists the records.',
  path: 'records',
  params: z.object({ clearance: z.enum(['internal', 'confidential', 'restricted']).optional() }),
  permission: 'records:read',
}

export const record: McpOperation = {
  name: 'get_record',
  description: 'One record.',
  path: 'records/{id}',
  params: z.object({ id: z.string().max(64) }),
}

/** A record that a person must release. */
export const releasedRecord: McpOperation = {
  ...record,
  name: 'release_record',
  approval: { approver: 'approver@example.com', message: 'Show the record {id} to the analyst?' },
}
