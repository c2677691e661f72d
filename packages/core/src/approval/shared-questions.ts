import { PendingQuestion } from '../approvers/pending-question.ts'
import { approvalError } from '../channels/approval-errors.ts'
import type { ClientConfig } from '../config/config.ts'
import type { ApprovalError } from '../errors.ts'
import type { OnEvent } from '../events.ts'
import type { Sealing } from '../sealing/sealing.ts'
import { delay } from '../support/clock.ts'

/** Open questions in the store, by which processes find what another one has asked. */
export interface SharedQuestions {
  /** The question of this key that is open, else `undefined` after the right to ask was taken. Throws `ApprovalError` when the store cannot tell. */
  findOrReserve(key: string, signal: AbortSignal | undefined): Promise<PendingQuestion | undefined>
  /** Lets other processes find the question. */
  save(key: string, question: PendingQuestion): Promise<void>
  /** There is an answer to this question: the next call of this kind asks again. A later question of the same key stays. */
  drop(key: string, question: PendingQuestion): Promise<void>
}

/** Longer than a question takes to be sent, see `START_TIMEOUT_MS`. */
const RESERVED_MS = 40_000
const LOOK_AGAIN_MS = 250

export function createSharedQuestions(
  { store, clock }: Pick<ClientConfig, 'store' | 'clock'>,
  sealing: Sealing,
  emit: OnEvent,
): SharedQuestions {
  const nameOf = (key: string): string => `authsec:approval:open:${key}`

  /** What cannot be opened was sealed by somebody else, or is too old: it is no question. */
  async function find(key: string): Promise<PendingQuestion | undefined> {
    const sealed = await store?.get(nameOf(key))
    if (sealed === undefined) return undefined
    const envelope = await sealing.open(sealed).catch(() => undefined)
    return envelope?.state === 'asked' ? new PendingQuestion(envelope.facts) : undefined
  }

  async function findOrReserve(
    key: string,
    signal: AbortSignal | undefined,
  ): Promise<PendingQuestion | undefined> {
    if (!store) return undefined
    const endsAt = clock.monotonic() + RESERVED_MS
    do {
      signal?.throwIfAborted()
      const found = await find(key)
      if (found) return found
      if (await store.claim(`authsec:approval:ask:${key}`, RESERVED_MS)) return find(key)
      await delay(clock, LOOK_AGAIN_MS, { signal })
    } while (clock.monotonic() < endsAt)
    throw approvalError('approval_outcome_unknown')
  }

  return {
    findOrReserve: (key, signal) =>
      findOrReserve(key, signal).catch((error: unknown) => {
        signal?.throwIfAborted()
        throw storeError(error)
      }),
    async save(key, question) {
      const facts = PendingQuestion.factsOf(question)
      if (!store || !facts) return
      const ttlMs = Date.parse(facts.expiresAt) - clock.now()
      try {
        const sealed = await sealing.seal({ facts, state: 'asked' })
        await store.set(nameOf(key), sealed, Math.max(1, ttlMs))
      } catch {
        emit({ type: 'warning', code: 'store_failed', message: NOT_SAVED })
      }
    },
    async drop(key, { authReqId }) {
      try {
        const found = await find(key)
        if (found?.authReqId === authReqId) await store?.delete(nameOf(key))
      } catch {
        // Who asks the same meanwhile finds a question that is answered already: it fails closed.
      }
    },
  }
}

const NOT_SAVED =
  'The store did not take an open approval, so another process may ask the approver a second time.'

function storeError(error: unknown): unknown {
  const isOurs = typeof error === 'object' && error !== null && 'hint' in error
  return isOurs ? error : approvalError('approval_not_claimed', { message: UNSURE, cause: error })
}

const UNSURE: ApprovalError['message'] =
  'The store cannot tell whether another process has asked already, so nobody was asked and nothing was done.'
