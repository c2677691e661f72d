import type { QuestionFacts, QuestionSubject } from '../approvers/pending-question.ts'
import type { ApprovalFlow, ApprovalRisk } from '../pending.ts'
import { parseObject } from '../support/json-object.ts'

/** What a sealed approval holds: a question, and whether its answer was collected. Never a token. */
export interface Envelope {
  readonly facts: QuestionFacts
  /** `asked`: the answer is still at the server. `approved`: it was collected, and the call may be sent once. */
  readonly state: 'asked' | 'approved'
  /** Until when an approval can be used, in milliseconds since 1970: sealing it again makes it no younger. */
  readonly until?: number | undefined
}

/** For whom an envelope is: another server's or agent's is refused. */
export interface EnvelopeParties {
  readonly audience: string
  readonly subject: string
}

const FORMAT = 'authsec.approval/1'
const FLOWS: readonly unknown[] = ['admin', 'tenant', 'workspace', 'action-guard']
/** How far the clocks of two processes may differ. */
const SKEW_MS = 60_000
/** How long an approval can be used after it was collected. Claims are kept longer. */
export const APPROVED_MS = 900_000

type Fields = Readonly<Record<string, unknown>>

export function envelopeText(
  { facts, state, until }: Envelope,
  { audience, subject }: EnvelopeParties,
  now: number,
): string {
  const asked = Date.parse(facts.expiresAt) + SKEW_MS
  const exp = state === 'asked' ? asked : (until ?? now + APPROVED_MS)
  return JSON.stringify({ v: FORMAT, aud: audience, sub: subject, iat: now, exp, state, q: facts })
}

/** The envelope in a text; `expired` when it is too old; nothing for any other text. */
export function readEnvelope(
  text: string,
  { audience, subject }: EnvelopeParties,
  now: number,
): Envelope | 'expired' | undefined {
  const { v, aud, sub, iat, exp, state, q } = parseObject(text) ?? {}
  const isOurs = v === FORMAT && aud === audience && sub === subject
  const isTimed = typeof iat === 'number' && typeof exp === 'number' && iat <= now + SKEW_MS
  if (!isOurs || !isTimed || (state !== 'asked' && state !== 'approved')) return undefined
  const facts = factsIn(Object(q))
  if (!facts) return undefined
  return exp <= now ? 'expired' : { facts, state, until: exp }
}

function factsIn(q: Fields): QuestionFacts | undefined {
  const { authReqId, approver, digest, code, bindingMessage, expiresAt, intervalSeconds } = q
  const texts = { authReqId, approver, digest, code, bindingMessage, expiresAt }
  const areTexts = Object.values(texts).every((text) => typeof text === 'string' && text !== '')
  const isWhole = areTexts && FLOWS.includes(q['flow']) && Number.isFinite(intervalSeconds)
  if (!isWhole || Number.isNaN(Date.parse(String(expiresAt)))) return undefined
  const { risk, askedAt } = q
  return {
    ...(texts as Record<keyof typeof texts, string>),
    flow: q['flow'] as ApprovalFlow,
    intervalSeconds: Number(intervalSeconds),
    subject: subjectIn(Object(q['subject'])),
    ...(risk !== undefined && { risk: risk as ApprovalRisk }),
    ...(typeof askedAt === 'string' && { askedAt }),
  }
}

function subjectIn(given: Fields): QuestionSubject {
  const names = ['tool', 'callId', 'toolCallId', 'thread', 'user'] as const
  const named = names.filter((name) => typeof given[name] === 'string')
  return Object.fromEntries(named.map((name) => [name, given[name]]))
}
