import type { Payment, Resumption } from '@authsec-internal/durable-runs'
import { InMemoryStore } from '@mastra/core/storage'

type Workflows = NonNullable<Awaited<ReturnType<InMemoryStore['getStore']>>> & {
  listWorkflowRuns(): Promise<{ runs: readonly StoredRun[] }>
  persistWorkflowSnapshot(run: StoredRun): Promise<void>
}

interface StoredRun {
  readonly workflowName: string
  readonly runId: string
  readonly snapshot: unknown
}

/** What Mastra's storage holds of suspended runs, as a text. The sealed text is in it once, for whoever forges it. */
export interface StoredText {
  readonly runId: string
  readonly toolCallId: string
  readonly args: Payment
  readonly sealed: string
  readonly runs: string
}

const SEALED = /eyJ[\w-]+\.\.[\w-]+\.[\w-]+\.[\w-]+/
const PLACE = '@sealed@'

export async function textOf(
  storage: InMemoryStore,
  run: Pick<StoredText, 'runId' | 'toolCallId' | 'args'>,
): Promise<string> {
  const workflows = (await storage.getStore('workflows')) as unknown as Workflows
  const runs = JSON.stringify((await workflows.listWorkflowRuns()).runs)
  const [sealed = ''] = SEALED.exec(runs) ?? []
  const stored: StoredText = { ...run, sealed, runs: runs.replaceAll(sealed, PLACE) }
  return JSON.stringify(stored)
}

/** The storage of a process that starts with what another one has left, as somebody may have edited it. */
export async function storageOf(stored: string, { toolCallId, args }: Resumption) {
  const kept: StoredText = JSON.parse(stored)
  const named = kept.runs.replaceAll(kept.toolCallId, toolCallId ?? kept.toolCallId)
  const edited = args ? withArguments(JSON.parse(named), kept.args, args) : JSON.parse(named)
  const runs: StoredRun[] = JSON.parse(JSON.stringify(edited).replaceAll(PLACE, kept.sealed))
  const storage = new InMemoryStore()
  const workflows = (await storage.getStore('workflows')) as unknown as Workflows
  for (const { workflowName, runId, snapshot } of runs) {
    const parsed = typeof snapshot === 'string' ? JSON.parse(snapshot) : snapshot
    await workflows.persistWorkflowSnapshot({ workflowName, runId, snapshot: parsed })
  }
  return { ...kept, storage, toolCallId: toolCallId ?? kept.toolCallId, args: args ?? kept.args }
}

/** Replaces the arguments of the call wherever they stand. */
function withArguments(value: unknown, before: Payment, now: Payment): unknown {
  if (typeof value === 'string') {
    return value.replaceAll(JSON.stringify(before), JSON.stringify(now))
  }
  if (Array.isArray(value)) return value.map((item) => withArguments(item, before, now))
  if (typeof value !== 'object' || value === null) return value
  const { to, amount }: Partial<Payment> = value
  if (to === before.to && amount === before.amount) return { ...value, ...now }
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name, withArguments(item, before, now)]),
  )
}
