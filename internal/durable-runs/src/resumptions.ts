import { pick } from '@authsec-internal/test-kit'
import { armFault } from './faults.ts'
import { forgedText } from './forged-text.ts'
import type { Resumption, Wrong } from './host.ts'
import { nextName, type PausedCall } from './paused-call.ts'
import type { Process } from './processes.ts'
import type { Run } from './run.ts'
import { USERS } from './world.ts'

/** One attempt to carry a call on. */
export interface Attempt {
  readonly process: Process
  readonly stored: string
  readonly now: Resumption
  readonly what: string
  /** Whether it must not execute anything. */
  readonly isWrong: boolean
  /** Whether it must execute an approved call. */
  readonly isRight: boolean
  readonly fault?: string | undefined
}

const ALL: readonly Wrong[] = ['arguments', 'user', 'keys', 'approver', 'text']

/** An attempt as it should be: the newest of what was stored, or an older one. */
export async function rightAttempt(
  run: Run,
  call: PausedCall,
  { isCalm = false }: { isCalm?: boolean } = {},
): Promise<Attempt> {
  const { random } = run
  const process = isCalm ? await run.processes.fresh() : await run.processes.any()
  const fault = isCalm ? undefined : armFault(process, random)
  const isOld = !isCalm && call.stored.length > 1 && random() < 0.2
  const stored = isOld ? pick(random, call.stored) : (call.stored.at(-1) ?? '')
  const toolCallId = random() < 0.3 ? nextName(call).toolCallId : undefined
  const what = [
    '',
    isOld ? 'with an old text' : '',
    toolCallId ? `as ${toolCallId}` : '',
    fault ?? '',
  ]
  return {
    ...{ process, stored, fault, isWrong: false, isRight: !isOld && !fault },
    now: { user: call.user, ...(toolCallId && { toolCallId }) },
    what: what.filter(Boolean).join(', '),
  }
}

/** An attempt with one thing wrong. */
export async function wrongAttempt(run: Run, call: PausedCall): Promise<Attempt> {
  const { random, host, processes, calls } = run
  const stored = call.stored.at(-1) ?? ''
  const wrong = pick(
    random,
    ALL.filter((one) => host.cannot?.[one] === undefined),
  )
  const { user, args } = call
  const attempt = { stored, now: { user }, isWrong: true, isRight: false, what: `wrong ${wrong}` }
  switch (wrong) {
    case 'arguments': {
      const edited = {
        ...args,
        ...pick(random, [{ amount: args.amount + 100 }, { to: 'mallory' }]),
      }
      return { ...attempt, process: await processes.any(), now: { user, args: edited } }
    }
    case 'user': {
      const other = pick(random, [...USERS.filter((one) => one !== user), `${user} `, 'mallory'])
      return { ...attempt, process: await processes.any(), now: { user: other } }
    }
    case 'keys':
      return { ...attempt, process: await processes.fresh({ keys: 'foreign' }) }
    case 'approver':
      return { ...attempt, process: await processes.fresh({ approver: 'other' }) }
    case 'text': {
      const others = calls.flatMap((one) => (one === call ? [] : one.stored))
      const forged = forgedText(stored, random, others)
      const process = await processes.any()
      if (!forged) return { ...attempt, process, stored: `${stored}x` }
      const { name, mayOpen } = forged
      const what = `wrong text: ${name}`
      return { ...attempt, process, stored: forged.stored, what, isWrong: !mayOpen }
    }
  }
}
