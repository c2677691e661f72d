import { failureFacts } from '../errors.ts'
import { HttpFailure } from '../http/http-failure.ts'
import type { HttpRequest } from '../http/send-request.ts'
import { runStep } from '../identity/run-step.ts'
import type { ApprovalStep, ApprovalStepEnd, SendStep, SendStepEnd } from '../instrumentation.ts'
import type { ApiAnswer } from './api-call.ts'
import type { CallTrace } from './call-trace.ts'

/** Waits for a person inside the instrumentation. */
export function approvalStep(trace: CallTrace, work: () => Promise<void>): Promise<void> {
  return runStep(trace.instrumentation?.approval, {
    step: targetStep(trace),
    work,
    endOf: (settled): ApprovalStepEnd =>
      'error' in settled
        ? { outcome: 'failed', ...failureFacts(settled.error) }
        : { outcome: 'approved', approval: trace.approval },
  })
}

/** Sends one request inside the instrumentation, with the headers of its trace. */
export function sendStep<Answer extends ApiAnswer>(
  trace: CallTrace,
  sendOnce: (request: HttpRequest) => Promise<Answer>,
  request: HttpRequest,
): Promise<Answer> {
  const { hostname: host, port, protocol } = request.url
  const scheme = protocol === 'http:' ? 'http' : 'https'
  const step: SendStep = { ...targetStep(trace), attempt: trace.attempts, host, port, scheme }
  return runStep(trace.instrumentation?.send, {
    step,
    work: (headers) => sendOnce({ ...request, headers: { ...request.headers, ...headers } }),
    endOf: (settled): SendStepEnd =>
      'error' in settled ? sendFailure(settled.error) : { status: settled.result.status },
  })
}

function sendFailure(error: unknown): SendStepEnd {
  const facts = failureFacts(error)
  return error instanceof HttpFailure ? { ...facts, code: error.kind } : facts
}

function targetStep(trace: CallTrace): ApprovalStep {
  return { client: trace.client, ...trace.identity(), ...trace.settledTarget() }
}
