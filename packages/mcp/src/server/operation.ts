import type { ApprovalSubject, AuthSecClient } from '@authsec/core'
import {
  type AgentTool,
  defineOperation,
  type OperationOptions,
  type ToolOutcome,
} from '@authsec/core/tool'
import type { z } from 'zod'

/** A declared call of a protected API, as `defineOperation` of `@authsec/core/tool` takes it. */
export type McpOperation = OperationOptions<z.ZodRawShape>

/** What a call would be, settled by core before anything is sent. */
type Plan =
  | { readonly subject: ApprovalSubject; readonly refusal?: undefined }
  | { readonly refusal: ToolOutcome }

/** One operation in the forms that an approval in rounds needs. */
export interface PreparedOperation {
  readonly options: McpOperation
  /** Asks for approval by itself, inside the call, and waits for the answer. */
  readonly asking: AgentTool
  /** Asks nobody: for a call whose approval was collected a moment ago. */
  readonly approved: AgentTool
  /** The call as core would make it, or core's reason not to; sends nothing. */
  plan(input: unknown): Promise<Plan>
}

/** Throws `ConfigError` when the template and the parameters of the operation do not fit. */
export function prepareOperation(client: AuthSecClient, options: McpOperation): PreparedOperation {
  const withRule = (when: (subject: ApprovalSubject) => boolean): AgentTool =>
    defineOperation(client, { ...options, approval: { message: '', when } })
  const planning = withRule((subject) => {
    throw new PlanMade(subject)
  })
  return {
    options,
    asking: defineOperation(client, options),
    approved: withRule(() => false),
    async plan(input) {
      try {
        return { refusal: await planning.execute(input) }
      } catch (error) {
        if (error instanceof PlanMade) return { subject: error.subject }
        throw error
      }
    },
  }
}

/**
 * Thrown by a rule, which core asks last, when resource, method, path and parameters are settled and
 * nothing has been sent: so the plan is core's own, and needs no second copy of its checks.
 */
class PlanMade extends Error {
  readonly subject: ApprovalSubject
  constructor(subject: ApprovalSubject) {
    super('The call is planned.')
    this.subject = subject
  }
}
