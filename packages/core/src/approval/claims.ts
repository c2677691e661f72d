import { hash } from '#runtime/platform/hashing'
import type { QuestionFacts } from '../approvers/pending-question.ts'
import type { ServerRecord } from '../approvers/server-record.ts'
import { approvalError } from '../channels/approval-errors.ts'
import type { ClientConfig } from '../config/config.ts'

/** One approval, one execution: whoever sends the call claims the question's ID first. */
export interface Claims {
  /**
   * Claims the question, in this process and in the store. Throws `approval_used` when somebody else has, and
   * `approval_not_claimed` when the store cannot tell: the approval counts as used then.
   */
  claim(facts: QuestionFacts): Promise<void>
  /** Whether somebody is known to have claimed the question. Nothing is claimed by asking. */
  isUsed(facts: QuestionFacts): Promise<boolean>
}

/** Longer than a sealed approval is valid. */
const KEPT_MS = 7_200_000
const MOST_CLAIMS = 100_000

export function createClaims(
  { authSecUrl, store, clock }: Pick<ClientConfig, 'authSecUrl' | 'store' | 'clock'>,
  { claimed }: Pick<ServerRecord, 'claimed'>,
): Claims {
  const idOf = ({ flow, authReqId }: QuestionFacts): string =>
    `authsec:approval:used:${hash('sha256', [authSecUrl.href, flow, authReqId].join('\0'))}`

  /** In the order of claiming, so the first that is still valid ends the search. The wall clock can be set back, and would bring a forgotten one to life. */
  function forgetOld(): void {
    for (const [id, until] of claimed) {
      if (until > clock.monotonic()) break
      claimed.delete(id)
    }
  }

  async function claim(facts: QuestionFacts): Promise<void> {
    const id = idOf(facts)
    forgetOld()
    if (claimed.has(id)) throw approvalError('approval_used')
    // None that is valid is forgotten, or it would work a second time.
    if (claimed.size >= MOST_CLAIMS) throw approvalError('approval_not_claimed')
    claimed.set(id, clock.monotonic() + KEPT_MS)
    if (!store) return
    const isFirst = await store.claim(id, KEPT_MS).catch((cause: unknown) => {
      throw approvalError('approval_not_claimed', { cause })
    })
    // What a broken store answers is no claim.
    if (typeof isFirst !== 'boolean') throw approvalError('approval_not_claimed')
    if (!isFirst) throw approvalError('approval_used')
    // For `isUsed`, which gives others the better error. The claim is what counts.
    await store.set(`${id}:known`, 'used', KEPT_MS).catch(() => undefined)
  }

  async function isUsed(facts: QuestionFacts): Promise<boolean> {
    const id = idOf(facts)
    if (claimed.has(id)) return true
    return typeof (await store?.get(`${id}:known`).catch(() => undefined)) === 'string'
  }

  return { claim, isUsed }
}
