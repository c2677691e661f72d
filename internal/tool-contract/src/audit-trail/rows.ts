/**
 * The table "who, what, which permission, approved by whom, what came of it". It is the same whatever it was made of: an
 * audit log, or spans.
 */
export interface TrailRow {
  readonly user: string
  readonly tool: string
  readonly resource: string
  readonly method: string
  readonly route: string
  readonly permission: readonly string[]
  /** Who approved the call. */
  readonly approvedBy?: string
  readonly outcome: 'completed' | 'refused' | 'failed'
  readonly status?: number
  readonly code?: string
  /** Requests that were sent to the API. */
  readonly attempts: number
}

/** What a row can be checked by beside its words. */
export interface TracedRow extends TrailRow {
  readonly callId: string
  readonly toolCallId?: string
  readonly run?: string
  /** Fingerprint of the token that was sent last. */
  readonly token?: string
  /** The six characters that the approver saw. */
  readonly approvalCode?: string
}

export const APPROVER = 'approver@example.com'
export const USERS = ['ann', 'ben', 'cay', 'dee', 'eve', 'fay', 'guy'] as const

const [ann, ben, cay, dee, eve, fay, guy] = USERS
const call = { resource: 'vault', method: 'GET' } as const
const record = { ...call, route: 'records/{id}', permission: ['records:read'] }
const metrics = { ...call, route: 'metrics', permission: ['metrics:read'] }

/** What the scenario must have left behind, by whatever it is read. `tool` is the name that the framework's tool has. */
export function expectedRows(tool: string): readonly TrailRow[] {
  const completed = { tool, outcome: 'completed', status: 200 } as const
  const refused = { tool, outcome: 'refused', attempts: 0 } as const
  return [
    { user: ann, ...completed, ...record, approvedBy: APPROVER, attempts: 1 },
    { user: ben, ...refused, ...record, permission: ['records:write'], code: 'permission_missing' },
    { user: cay, ...completed, ...metrics, attempts: 2 },
    { user: dee, ...completed, ...metrics, attempts: 2 },
    { user: eve, tool, ...metrics, outcome: 'failed', code: 'network_error', attempts: 3 },
    {
      user: fay,
      ...refused,
      ...metrics,
      permission: [],
      route: 'https://evil.test/x',
      code: 'endpoint_refused',
    },
    { user: guy, ...refused, ...record, code: 'approval_denied' },
  ]
}

/** What is the same in each run of the scenario. */
export function wordsOf(row: TracedRow): TrailRow {
  const { callId: _1, toolCallId: _2, run: _3, token: _4, approvalCode: _5, ...words } = row
  return words
}
