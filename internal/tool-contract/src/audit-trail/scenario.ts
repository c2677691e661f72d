import type { AuthSecClient } from '@authsec/core'
import type { Emulator } from '@authsec/emulator'
import { watch } from '@authsec-internal/test-kit'
import { type ContractHarness, type OrderedTool, TOOL_NAME } from '../harness.ts'
import { getRecord } from '../set-up.ts'
import { APPROVER, USERS } from './rows.ts'

interface Step {
  readonly tool: OrderedTool
  readonly input: Readonly<Record<string, unknown>>
  /** What the world does before the call. */
  readonly before?: (emulator: Emulator) => void
}

const approval = { approver: APPROVER, message: 'Show record {id}?', timeoutMs: 60_000 }
const permission = 'records:read'
const metrics: OrderedTool = {
  kind: 'secure fetch',
  options: { name: TOOL_NAME, permission: 'metrics:read' },
}
const METRICS = { path: /metrics/ }

/** One for each user of `USERS`, in their order. */
const steps: readonly Step[] = [
  {
    tool: getRecord({ approval, permission }),
    input: { id: 'rec-0001' },
    before: ({ control }) => control.scriptApproval('approve'),
  },
  { tool: getRecord({ permission: 'records:write' }), input: { id: 'rec-0001' } },
  {
    tool: metrics,
    input: { endpoint: 'metrics' },
    before({ control }) {
      control.delegate()
      control.failNext({ kind: 'status', status: 401 }, METRICS)
    },
  },
  {
    tool: metrics,
    input: { endpoint: 'metrics' },
    before: ({ control }) => control.failNext({ kind: 'status', status: 503 }, METRICS),
  },
  {
    tool: metrics,
    input: { endpoint: 'metrics' },
    before: ({ control }) => control.failNext({ kind: 'reset' }, { ...METRICS, times: 3 }),
  },
  { tool: metrics, input: { endpoint: 'https://evil.test/x?secret=1' } },
  {
    tool: getRecord({ approval, permission }),
    input: { id: 'rec-0002' },
    before: ({ control }) => control.scriptApproval('deny'),
  },
]

/**
 * Lets a model call tools in the framework's own loop, each call for another user: one that is approved, one without its
 * permission, a 401, a retry, an outage, a foreign host and a denial.
 */
export async function runScenario(
  harness: ContractHarness,
  client: AuthSecClient,
  emulator: Emulator,
): Promise<void> {
  for (const [index, { tool, input, before }] of steps.entries()) {
    before?.(emulator)
    const user = USERS[index] ?? ''
    const result = await harness.run({ client, tool, calls: [input], times: 1, user })
    watch('answers', result.answers)
    for (const [where, value] of Object.entries(result.recorded)) watch(where, value)
  }
}
