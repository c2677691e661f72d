import { hash, randomUUID } from '#runtime/platform/hashing'
import { hasExpired } from '../approvers/asked-questions.ts'
import { PendingQuestion } from '../approvers/pending-question.ts'
import { approvalError } from '../channels/approval-errors.ts'
import { questionQueueMs } from '../channels/channel-request.ts'
import type { ClientConfig } from '../config/config.ts'
import { AuthSecError } from '../errors.ts'
import type { Emit } from '../events.ts'
import type { Sealing } from '../sealing/sealing.ts'
import { delay } from '../support/clock.ts'

/**
 * Open questions in the store, by which processes find what another one has asked. Who asks claims the right to do
 * so first, for one round: the next round of the same key begins when its question has an answer, or was not sent.
 */
export interface SharedQuestions {
  /** The question of this key that is open. */
  find(key: string): Promise<PendingQuestion | undefined>
  /** The question of this key that is open, else `undefined` after the right to ask was taken. Throws `ApprovalError` when the store cannot tell. */
  findOrReserve(key: string, signal: AbortSignal): Promise<PendingQuestion | undefined>
  /** Lets other processes find the question. */
  save(key: string, question: PendingQuestion): Promise<void>
  /** Nobody was asked after all: the right to ask is free. */
  release(key: string): Promise<void>
  /** There is an answer to this question: the next call of this kind asks again. A later question of the same key stays. */
  drop(key: string, question: PendingQuestion): Promise<void>
}

/** Longer than a question takes to be sent, see `START_TIMEOUT_MS`, without the wait for its turn. */
const RESERVED_MS = 40_000
const LOOK_AGAIN_MS = 250
/** Longer than any question lives: the rounds before have ended by then. */
const ROUND_MS = 7_200_000

export function createSharedQuestions(
  { store, clock, rateLimit }: Pick<ClientConfig, 'store' | 'clock' | 'rateLimit'>,
  sealing: Sealing,
  emit: Emit,
): SharedQuestions {
  const reservedMs = RESERVED_MS + questionQueueMs({ rateLimit })
  /** Whoever reserved it first may have died, and the next one needs its time, too. */
  const longestWaitMs = 2 * reservedMs
  const nameOf = (key: string): string => `authsec:approval:open:${key}`
  const roundOf = (key: string): string => `authsec:approval:round:${key}`

  /** What cannot be opened was sealed by somebody else, or is too old: it is no question. */
  async function findOpen(key: string): Promise<PendingQuestion | undefined> {
    const sealed: unknown = await store?.get(nameOf(key))
    if (typeof sealed !== 'string') return undefined
    const envelope = await sealing.open(sealed).catch(() => undefined)
    const isOpen = envelope?.state === 'asked' && !hasExpired(envelope.facts, clock)
    return isOpen ? new PendingQuestion(envelope.facts) : undefined
  }

  async function findOrReserve(
    key: string,
    signal: AbortSignal,
  ): Promise<PendingQuestion | undefined> {
    if (!store) return undefined
    const endsAt = clock.monotonic() + longestWaitMs
    do {
      signal.throwIfAborted()
      const found = await findOpen(key)
      if (found) return found
      const round = (await store.get(roundOf(key))) ?? ''
      const isMine = await store.claim(`authsec:approval:ask:${key}:${round}`, reservedMs)
      if (isMine === true) return findOpen(key)
      await delay(clock, LOOK_AGAIN_MS, { signal })
    } while (clock.monotonic() <= endsAt)
    throw approvalError('approval_outcome_unknown')
  }

  /** What the store cannot tell must not be guessed. */
  async function sure<T>(work: Promise<T>, signal?: AbortSignal): Promise<T> {
    try {
      return await work
    } catch (cause) {
      signal?.throwIfAborted()
      if (AuthSecError.isInstance(cause)) throw cause
      throw approvalError('approval_not_claimed', { message: UNSURE, cause })
    }
  }

  /** Who asks the same meanwhile finds a question that is answered already, or waits for its turn: it fails closed. */
  async function quietly(work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch {
      // The next call waits until the reservation ends.
    }
  }

  return {
    find: (key) => sure(findOpen(key)),
    findOrReserve: (key, signal) => sure(findOrReserve(key, signal), signal),
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
    release: (key) => quietly(async () => store?.set(roundOf(key), randomUUID(), ROUND_MS)),
    drop: (key, { authReqId }) =>
      quietly(async () => {
        const found = await findOpen(key)
        if (!store || found?.authReqId !== authReqId) return
        await store.set(roundOf(key), hash('sha256', authReqId), ROUND_MS)
        await store.delete(nameOf(key))
      }),
  }
}

const NOT_SAVED =
  'The store did not take an open approval, so another process may ask the approver a second time.'

const UNSURE =
  'The store cannot tell whether another process has asked already, so nobody was asked and nothing was done.'
