import type { ClientConfig } from '../config/config.ts'
import type { OnEvent } from '../events.ts'
import type { Transport } from '../http/transport.ts'
import type { ApprovalRule } from '../policy/resource-policy.ts'
import { canonicalJson } from '../support/canonical-json.ts'
import { type Approvals, createApprovals } from './approval.ts'
import { approvalError } from './approval-errors.ts'
import { createCibaApi } from './ciba-api.ts'

/** What decides what a call does; the approval is bound to it. */
interface AskedCall {
  readonly route: string
  readonly values: Readonly<Record<string, unknown>>
  readonly http: {
    readonly method: string
    readonly url: URL
    readonly body?: string | Uint8Array<ArrayBuffer> | undefined
    readonly signal?: AbortSignal | undefined
  }
}

export interface CallApprovals extends Approvals {
  /** Has a person asked about a call, by this rule. Throws `ApprovalError` for anything but a yes. */
  approve(call: AskedCall, rule: ApprovalRule): Promise<void>
}

export function createCallApprovals(
  config: ClientConfig,
  transport: Transport,
  emit: OnEvent,
): CallApprovals {
  const approvals = createApprovals(config, createCibaApi(config, transport), emit)
  return {
    ...approvals,
    async approve(call, rule) {
      const { http, route, values } = call
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
      if (canonicalJson(actionOf(call)) !== before) throw approvalError('approval_mismatch')
    },
  }
}

function actionOf({ http }: AskedCall): object {
  const { method, url, body } = http
  return {
    origin: url.origin,
    method,
    path: url.pathname + url.search,
    body:
      typeof body === 'string' || body === undefined ? body : Buffer.from(body).toString('base64'),
  }
}
