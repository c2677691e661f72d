import type { ToolOutcome } from '@authsec/core/tool'
import { type Context, TerminalError } from '@restatedev/restate-sdk'
import type { Agent } from './agent.ts'
import { ask, execute, FinalError, poll, type Question } from './steps.ts'

/** A question is open for five minutes. Whoever was away is asked again. */
export interface Persistence {
  /** Most questions about one call. */
  readonly questions: number
  /** From the end of one question to the next, at least a minute. */
  readonly pauseSeconds: number
}

/**
 * A tool call on Restate whose approval outlives every process: plan and ask, wait, execute. The names of the steps
 * are stored in journals: a worker that has other names cannot carry on the runs of this one.
 */
export async function durableCall(
  ctx: Context,
  agent: Agent,
  { input, user, questions, pauseSeconds }: Persistence & { input: unknown; user: string },
): Promise<ToolOutcome> {
  const call = { thread: ctx.request().id, user }
  for (let asked = 1; asked <= questions; asked += 1) {
    if (asked > 1) await ctx.sleep({ seconds: pauseSeconds })
    const question = await ctx.run('ask', () => ask(agent, input, call).catch(terminal))
    const approved = await collect(ctx, agent, question)
    if (approved === undefined) continue
    return ctx.run('execute', () => execute(agent, input, { ...call, approved }).catch(terminal))
  }
  return terminal(new FinalError('approval_expired', 'Nobody answered in time.'))
}

/** Waits without a process, and without a request that is held open. Nothing if nobody answered. */
async function collect(
  ctx: Context,
  agent: Agent,
  { sealed, waitSeconds }: Question,
): Promise<string | undefined> {
  for (let seconds = waitSeconds; ; ) {
    await ctx.sleep({ seconds })
    const answer = await ctx.run('poll', () => poll(agent, sealed).catch(terminal))
    if (answer.status === 'approved') return answer.sealed
    if (answer.status === 'expired') return undefined
    seconds = answer.waitSeconds
  }
}

const STATUS: Readonly<Record<string, number>> = { approval_denied: 403, approval_expired: 408 }

/** Restate repeats every error but this one. */
function terminal(error: unknown): never {
  if (!(error instanceof FinalError)) throw error
  throw new TerminalError(error.message, { errorCode: STATUS[error.code] ?? 409 })
}
