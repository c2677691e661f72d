import type { z } from 'zod'
import type { Unanswered } from '../approval/approvals.ts'
import type { Approval } from '../approval/approved-request.ts'
import type { ApprovalContext } from '../approval/call-approval.ts'
import type { CallPlan } from '../call/secure-fetch-request.ts'
import type { AuthSecClient } from '../client/client.ts'
import type { ApprovalView, PendingApproval } from '../pending.ts'
import type { JsonSchema } from '../schema/json-schema.ts'
import type { ToolFailure, ToolOutcome } from './outcome.ts'

/** What a framework package passes along with the model's arguments. */
export interface ToolContext extends Omit<ApprovalContext, 'tool'> {
  readonly signal?: AbortSignal | undefined
  /** Used when the tool was defined without a client. */
  readonly client?: AuthSecClient | undefined
  /** The agent run whose budget the call uses up, if the framework tells runs apart. */
  readonly run?: string | undefined
  /**
   * Whether the call ends where `plan` refuses it, so that the refusal is reported. Default: false, because a plan is
   * a question about a call. `ask`, `poll` and `execute` report a refusal in any case.
   */
  readonly endsWithPlan?: boolean | undefined
  /**
   * Whether `ask` waits while the approver has another question, see `queueMs`. Default: true. Else the outcome is
   * `approval_rate_limited` at once: for a run that cannot collect the other answer before it pauses.
   */
  readonly waitForTurn?: boolean | undefined
}

/** What a tool call is before anything is sent to the API: refused, with the outcome for the model, or a planned call. */
export type ToolPlan = { readonly status: 'refused'; readonly outcome: ToolFailure } | CallPlan

/** A tool call that a person has been asked about, without waiting for the answer. */
export type ToolQuestion =
  | ToolPlan
  | {
      readonly status: 'asked'
      /** What may be shown. */
      readonly approval: ApprovalView
      /** `sealApproval` of the client makes a text of it; `execute` takes either as `approved`. */
      readonly pending: PendingApproval
      /** The client that asked. */
      readonly client: AuthSecClient
    }

/** Where a question about a tool call stands. */
export type ToolAnswer =
  | ToolQuestion
  | {
      readonly status: 'approved'
      /** `execute` takes it as `approved`, once. */
      readonly approved: Approval
      /** The client that collected it, and the only one that can use it. */
      readonly client: AuthSecClient
    }

/** A tool that belongs to no framework. Framework packages translate it and add nothing. */
export interface AgentTool<Input = unknown> {
  readonly name: string
  readonly description: string
  readonly inputSchema: z.ZodType<Input>
  /** The input schema as JSON Schema (draft 2020-12): what travels to a model provider. Frozen. */
  readonly inputJsonSchema: JsonSchema
  readonly outputSchema: z.ZodType<ToolOutcome>
  /**
   * Whether `execute` enforces an approval, by the tool's own rule or its resource's: a framework's
   * approval step then need not ask again. A tool without a client does not know its resource's rule.
   */
  readonly requiresApproval: boolean
  /**
   * What `execute` would do with this input, with nothing sent to the API and nobody asked. Checks
   * input, policy, permissions and audience. Throws what `execute` throws.
   */
  plan(input: unknown, context?: ToolContext): Promise<ToolPlan>
  /**
   * Asks a person about this call if it requires an approval, and does not wait for the answer. An open question
   * about the same call, by the same tool, in the same `thread` and for the same `user`, is found again. Throws what
   * `execute` throws.
   */
  ask(input: unknown, context?: ToolContext): Promise<ToolQuestion>
  /**
   * Asks AuthSec once for the answer to the question that `approved` of the context is, and sends nothing to the API.
   * The call is planned anew and compared first: the answer to a question about another call, or of another user, is
   * left where it is. Throws what `execute` throws.
   */
  poll(input: unknown, context: ToolContext & { approved: Unanswered }): Promise<ToolAnswer>
  /**
   * Ends a call that is not sent, for what the adapter itself was told, such as a denial: reports the error as any other
   * refusal, and returns the outcome. Throws `ConfigError`s and programming errors again.
   */
  refuse(input: unknown, error: unknown, context?: ToolContext): Promise<ToolFailure>
  /** Plans the call and sends it. Checks the input itself, whatever the framework did. Throws only aborts, `ConfigError`s and programming errors. */
  execute(input: unknown, context?: ToolContext): Promise<ToolOutcome>
}
