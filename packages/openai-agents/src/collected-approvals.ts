import type { RunContext } from '@openai/agents-core'
import { markOf } from './run-names.ts'

/** A call as `settleApprovals` and the tool itself both see it. The SDK does not tell a tool its agent. */
interface CollectedCall {
  /** What stands behind the tool. */
  readonly own: object
  readonly toolCallId: string
  /** The arguments as the model wrote them. */
  readonly text: string
}

interface Collected extends CollectedCall {
  /** Whose call it is, for the next look at it. */
  readonly agent: string
  readonly sealed: string
  isTaken: boolean
}

/**
 * The approvals that `settleApprovals` has collected for a run in this process, sealed. Two agents of a run may have a call
 * of the same ID, so a call is told by its tool and its arguments, too; of two that are the same in all each takes one.
 */
const collected = new WeakMap<object, Collected[]>()

type Run = Pick<RunContext<unknown>, 'usage'>

export function keepCollected(
  run: Run,
  call: CollectedCall & Pick<Collected, 'agent' | 'sealed'>,
): void {
  const { own, toolCallId, text, agent, sealed } = call
  const calls = collected.get(markOf(run)) ?? []
  const others = calls.filter((one) => !isSame(one, call) || one.agent !== agent)
  collected.set(markOf(run), [...others, { own, toolCallId, text, agent, sealed, isTaken: false }])
}

export function collectedFor(run: Run, call: CollectedCall): string | undefined {
  const same = (collected.get(markOf(run)) ?? []).filter((one) => isSame(one, call))
  const found = same.find(({ isTaken }) => !isTaken) ?? same.at(-1)
  if (found) found.isTaken = true
  return found?.sealed
}

function isSame(one: CollectedCall, other: CollectedCall): boolean {
  return one.own === other.own && one.toolCallId === other.toolCallId && one.text === other.text
}

/** Approvals by the sealed question, for a state that is read again in this process. The oldest is forgotten first. */
const answers = new Map<string, string>()

const MOST_ANSWERS = 1_000

export function rememberAnswer(question: string, approval: string): void {
  if (question === approval) return
  answers.set(question, approval)
  const [oldest] = answers.keys()
  if (answers.size > MOST_ANSWERS && oldest !== undefined) answers.delete(oldest)
}

/** The approval that this process has collected for a sealed question, or the question itself. */
export function answerTo(question: string): string {
  return answers.get(question) ?? question
}
