import { html } from 'hono/html'
import type { ApprovalSummary } from '../ciba/decidable-request.ts'
import { approvalCodeOf } from '../server/request-facts.ts'
import type { ConsoleView, Numbered } from './console-view.ts'
import { countdown, type Html } from './page-parts.ts'
import type { ShowText } from './shown-text.ts'

/** The requests for approval as on a phone: the pending ones as cards, and below what became of the last ones. */
export function approvalCards({ pending, decided, show }: ConsoleView, csrf: string): Html[] {
  return [
    ...pending.map((approval) => card(approval, show, csrf)),
    ...decided.map((approval) => decidedLine(approval, show)),
  ]
}

/** What a screen reader announces, and the title of the page counts. */
export function waitingText({ pending }: ConsoleView): string {
  if (pending.length === 0) return 'No request waits for a decision.'
  if (pending.length === 1) return '1 request waits for a decision.'
  return `${pending.length} requests wait for a decision.`
}

function card({ number, entry }: Numbered<ApprovalSummary>, show: ShowText, csrf: string): Html {
  const { user, bindingMessage, expiresAt, riskScore } = entry
  const code = approvalCodeOf(bindingMessage)
  const id = `approval-${number}`
  return html`<article id="${id}" class="card asks" aria-labelledby="${id}-message">
    <p class="kind">${channelName(entry)}${riskScore === undefined ? '' : html` · risk ${riskScore} of 100`}</p>
    <p id="${id}-message" class="message" dir="auto">${show(bindingMessage) || '(no message)'}</p>
    <dl>
      ${code === undefined ? '' : html`<div><dt>Code</dt><dd><code>${code}</code></dd></div>`}
      <div><dt>Approver</dt><dd><bdi>${show(user)}</bdi></dd></div>
      <div><dt>Time left</dt><dd>${countdown(expiresAt)}</dd></div>
    </dl>
    <form method="post" action="/console/decide" class="buttons">
      <input type="hidden" name="csrf" value="${csrf}" />
      <input type="hidden" name="approval" value="${number}" />
      ${decisionButton(id, 'approve', 'Approve')} ${decisionButton(id, 'deny', 'Deny')}
    </form>
  </article>`
}

function decisionButton(id: string, decision: 'approve' | 'deny', label: string): Html {
  return html`<button id="${id}-${decision}" class="${decision}" name="decision" value="${decision}"
    aria-describedby="${id}-message">${label}</button>`
}

function decidedLine({ number, entry }: Numbered<ApprovalSummary>, show: ShowText): Html {
  return html`<p id="approval-${number}" class="decided">
    <span class="badge ${entry.status}">${entry.status.replace('_', ' ')}</span>
    <bdi>${show(entry.bindingMessage) || '(no message)'}</bdi> · <bdi>${show(entry.user)}</bdi>
  </p>`
}

function channelName({ channel }: ApprovalSummary): string {
  return channel === 'ciba' ? 'Approval (CIBA)' : 'Agent action guard'
}
