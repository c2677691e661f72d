import type { Approvals } from './approval.ts'
import { make } from './approval-errors.ts'
import { canonicalJson } from './request-digest.ts'
import type { ApprovalRule, Resource } from './resource-policy.ts'

/** What decides what a call does; the approval is bound to it. */
export interface GatedCall {
  readonly resource: Resource
  readonly route: string
  readonly values: Readonly<Record<string, unknown>>
  readonly approval: ApprovalRule | undefined
  readonly http: {
    readonly method: string
    readonly url: URL
    readonly body?: string | Uint8Array<ArrayBuffer> | undefined
    readonly signal?: AbortSignal | undefined
  }
}

/** Lets a call pass that needs no approval, or that a person approves now; returns whether one did. Throws `ApprovalError` for anything but a yes. */
export async function passGate(approvals: Approvals, call: GatedCall): Promise<boolean> {
  const { approval: rule, http, route, values } = call
  if (!rule) return false
  const action = actionOf(call)
  const before = canonicalJson(action)
  await approvals.request({
    approver: rule.approver,
    message: rule.message,
    values: { ...values, method: http.method, route },
    action,
    timeoutMs: rule.timeoutMs,
    signal: http.signal,
  })
  // The yes is used up here, for this very call: it is stored nowhere, and its token is dropped.
  if (canonicalJson(actionOf(call)) !== before) throw make('approval_mismatch')
  return true
}

function actionOf({ http }: GatedCall): object {
  const { method, url, body } = http
  return {
    origin: url.origin,
    method,
    path: url.pathname + url.search,
    body:
      typeof body === 'string' || body === undefined ? body : Buffer.from(body).toString('base64'),
  }
}
