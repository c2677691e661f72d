import { hash } from 'node:crypto'
import type { AuthSecClient } from '@authsec/core'
import type { BaseMessage } from '@langchain/core/messages'
import { z } from 'zod'
import { fieldOf, isObject } from '../run/fields.ts'
import { type OpenCall, openCalls } from './open-calls.ts'
import { type StoredApproval, storedApprovalSchema } from './sealed-approval.ts'

/** What the state keeps of one call: whom it is about, and the sealed question. */
const askedCall = z.object({ call: z.string(), tool: z.string(), stored: storedApprovalSchema })

type AskedCall = z.infer<typeof askedCall>

/** By the ID of the call. */
export type AskedCalls = Readonly<Record<string, AskedCall>>

/** Private: LangChain shows no field whose name starts with `_` to the model, the input or the output. */
export const approvalState = z.object({
  _authsecApprovals: z.record(z.string(), askedCall).default({}),
})

export interface AskedNow {
  readonly stored: StoredApproval
  readonly client?: AuthSecClient | undefined
}

/** Remembers which client asked about which tool: it can give up what nobody waits for any more. */
export function createAskedCalls(
  ask: (call: OpenCall) => Promise<AskedNow | undefined>,
  userNow: () => string | undefined,
): {
  /** The questions about the open calls: those that were asked before, under whatever ID, and new ones. */
  update(messages: readonly BaseMessage[], before: AskedCalls): Promise<AskedCalls>
} {
  const askers = new Map<string, AuthSecClient>()

  /** The model went on: the approver may be asked something else, and an answer would be collected by nobody. */
  async function giveUp({ tool, stored }: AskedCall): Promise<void> {
    if ('sealed' in stored) {
      await askers
        .get(tool)
        ?.cancelApproval(stored.sealed)
        .catch(() => undefined)
    }
  }

  async function askAbout(call: OpenCall): Promise<AskedCall | undefined> {
    const asked = await ask(call)
    if (!asked) return undefined
    if (asked.client) askers.set(call.name, asked.client)
    return { call: digestOf(call, userNow()), tool: call.name, stored: asked.stored }
  }

  return {
    async update(messages, before) {
      // A call that ended without an answer, such as for another user, keeps its question: a repeated call finds it.
      const answered = new Set(messages.map((message) => fieldOf(message, 'tool_call_id')))
      const left = new Map(Object.entries(before).filter(([id]) => !answered.has(id)))
      const calls = openCalls(messages).map((call) => {
        const known = findKnown(left, call.id, digestOf(call, userNow()))
        if (known) left.delete(known[0])
        return { call, known: known?.[1] }
      })
      // First, because it frees the approver's place.
      for (const asked of left.values()) await giveUp(asked)
      const now: Record<string, AskedCall> = {}
      for (const { call, known } of calls) {
        const asked = known ?? (await askAbout(call))
        if (asked) now[call.id] = asked
      }
      return now
    },
  }
}

/** After a new message of the user the model may repeat a call that waits, under a new ID: it is the same question. */
function findKnown(
  left: ReadonlyMap<string, AskedCall>,
  id: string,
  digest: string,
): [string, AskedCall] | undefined {
  return [...left]
    .filter(([, asked]) => asked.call === digest && 'sealed' in asked.stored)
    .sort(([key]) => (key === id ? -1 : 1))[0]
}

/** The call and for whom it is made: each user has their own question. */
function digestOf({ name, args }: OpenCall, user: string | undefined): string {
  return hash('sha256', JSON.stringify([user ?? null, name, args], inOrder))
}

function inOrder(_key: string, value: unknown): unknown {
  const isNamed = isObject(value) && !Array.isArray(value)
  return isNamed
    ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
    : value
}
