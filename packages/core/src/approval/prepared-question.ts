import type { QuestionSubject } from '../approvers/pending-question.ts'
import { approvalError } from '../channels/approval-errors.ts'
import type { GuardedAction } from '../channels/channel.ts'
import type { ChannelName } from '../channels/channels.ts'
import type { ClientConfig } from '../config/config.ts'
import { bindingMessage } from '../message/binding-message.ts'
import { invalidOption } from '../options/option-checks.ts'
import { digestOf, shortCode } from '../support/canonical-json.ts'
import { NotPlainJsonError } from '../support/plain-json.ts'
import { type ApprovalQuestion, assertQuestion } from './approval.ts'

/** A question as it is sent to the approver. */
export interface PreparedQuestion {
  readonly approver: string
  readonly message: string
  readonly digest: string
  readonly code: string
  readonly scopes: readonly string[] | undefined
  readonly channel: ChannelName
  readonly action: GuardedAction
}

/** Prepares a question without sending it. Pure. Throws `ConfigError` or `ApprovalError` for one that cannot be sent. */
export function prepareQuestion(
  { ciba, clientId }: Pick<ClientConfig, 'ciba' | 'clientId'>,
  question: ApprovalQuestion,
): PreparedQuestion {
  assertQuestion(question)
  const { message, values = {}, channel = 'ciba', user, about, risk } = question
  const approver = (question.approver ?? ciba.loginHint ?? '').trim()
  if (approver === '') throw approvalError('approval_required')
  // A copy: the question is sent later, and must then be what its digest says.
  const scopes = question.scopes && Object.freeze([...question.scopes])
  const digest = digestFor(question, {
    approver,
    clientId,
    ...(scopes && { scopes }),
    ...(user !== undefined && { user }),
    ...(channel !== 'ciba' && { channel }),
  })
  const code = shortCode(digest)
  const named = about ?? { action: message, resource: question.tool ?? 'agent' }
  const action = Object.freeze({ ...named, ...(risk && { metadata: Object.freeze({ ...risk }) }) })
  const text = bindingMessage(message, values, code)
  return { approver, digest, code, scopes, channel, action, message: text }
}

/** What an approval is bound to: the action, who decides, who asks and for whom, and the scopes if they are named. */
function digestFor(question: ApprovalQuestion, parties: Readonly<Record<string, unknown>>): string {
  const { message, values = {} } = question
  const isNamed = question.action !== undefined && question.action !== null
  const action = isNamed ? question.action : { message, values }
  try {
    return digestOf({ ...parties, action })
  } catch (error) {
    if (!(error instanceof NotPlainJsonError)) throw error
    throw invalidOption(
      `\`${isNamed ? 'action' : 'values'}\` of the approval question`,
      `must be plain JSON: ${error.message}`,
      'Pass texts, finite numbers, booleans, null, and lists and plain objects of these; write a date as a text.',
    )
  }
}

/** Under which an open question is found again, after a restart too: a framework may name the call anew then. */
export function questionKey(
  { digest }: Pick<PreparedQuestion, 'digest'>,
  { tool, thread, user }: QuestionSubject,
): string {
  return digestOf({ digest, tool, thread, user })
}
