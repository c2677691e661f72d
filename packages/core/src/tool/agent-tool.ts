import type { z } from 'zod'
import type { Unanswered } from '../approval/approvals.ts'
import type { Approval } from '../approval/approved-request.ts'
import type { ApprovalContext } from '../approval/call-approval.ts'
import type { CallContext, CallPlan, SecureFetchRequest } from '../call/secure-fetch-request.ts'
import type { AuthSecClient } from '../client/client.ts'
import { keepDefaultClient } from '../client/default-client.ts'
import type { ApprovalView, PendingApproval } from '../pending.ts'
import { isSafeMethod } from '../policy/resource-policy.ts'
import { type JsonSchema, jsonSchemaOf } from './json-schema.ts'
import { outcomeSchema, type ToolFailure, type ToolOutcome } from './outcome.ts'
import type { ToolPolicy } from './tool-options.ts'
import { errorOutcome, invalidInputOutcome, responseOutcome } from './tool-outcome.ts'

/** What a framework package passes along with the model's arguments. */
export interface ToolContext extends Omit<ApprovalContext, 'tool'> {
  readonly signal?: AbortSignal | undefined
  /** Used when the tool was defined without a client. */
  readonly client?: AuthSecClient | undefined
  /** The agent run whose budget the call uses up, if the framework tells runs apart. */
  readonly run?: string | undefined
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
  /** Plans the call and sends it. Checks the input itself, whatever the framework did. Throws only aborts, `ConfigError`s and programming errors. */
  execute(input: unknown, context?: ToolContext): Promise<ToolOutcome>
}

export interface ToolDefinition<Input> {
  readonly name: string
  readonly description: string
  readonly inputSchema: z.ZodType<Input>
  /** In upper case. */
  readonly method: string
  toRequest(
    input: Input,
  ): Pick<SecureFetchRequest, 'endpoint' | 'method' | 'query' | 'body'> &
    Pick<CallContext, 'route' | 'values'>
}

/** A call in the form in which the client takes it. */
interface PreparedCall {
  readonly client: AuthSecClient
  readonly request: SecureFetchRequest
  readonly context: CallContext
}

export function createTool<Input>(
  client: AuthSecClient | undefined,
  policy: ToolPolicy,
  definition: ToolDefinition<Input>,
): AgentTool<Input> {
  const { name, description, inputSchema, method } = definition
  const { resource, permission, approval } = policy
  const clientFor = clientChooser(client)

  /** Turns a model's input into a call, for `plan` and `execute` alike. */
  async function prepare(
    input: unknown,
    context: ToolContext,
  ): Promise<PreparedCall | ToolFailure> {
    const { signal, run, approved, callId, thread, user, onApproval } = context
    signal?.throwIfAborted()
    const active = clientFor(context)
    const parsed = await inputSchema.safeParseAsync(input)
    if (!parsed.success) return invalidInputOutcome(parsed.error, active.mode)
    try {
      const { route, values, ...call } = definition.toRequest(parsed.data)
      const request = { ...call, resource, permission, approval, approved, signal }
      return {
        client: active,
        request,
        context: { route, values, run, ...{ tool: name, callId, thread, user, onApproval } },
      }
    } catch (error) {
      return errorOutcome(error, active.mode)
    }
  }

  async function plan(input: unknown, context: ToolContext = {}): Promise<ToolPlan> {
    const call = await prepare(input, context)
    if (!('client' in call)) return { status: 'refused', outcome: call }
    return call.client.plan(call.request, call.context).catch((error: unknown) => {
      if (context.signal?.aborted) throw context.signal.reason
      return { status: 'refused', outcome: errorOutcome(error, call.client.mode) }
    })
  }

  return Object.freeze({
    name,
    description,
    inputSchema,
    inputJsonSchema: jsonSchemaOf(inputSchema, name),
    outputSchema: outcomeSchema,
    requiresApproval: approval !== undefined || resourceRequiresApproval(client, resource, method),
    plan,
    async ask(input: unknown, context: ToolContext = {}): Promise<ToolQuestion> {
      const found = await plan(input, context)
      if (found.status !== 'needs_approval') return found
      const asker = clientFor(context)
      const { signal, onApproval, waitForTurn = true } = context
      const { question: planned } = found.approval
      const limits = waitForTurn ? planned.limits : { ...planned.limits, queuedPerApprover: 0 }
      try {
        const question = { ...planned, limits, reuse: true, signal, onApproval }
        const pending = await asker.startApproval(question)
        const approval = await asker.viewApproval(pending)
        return Object.freeze({ status: 'asked', approval, pending, client: asker })
      } catch (error) {
        if (signal?.aborted) throw signal.reason
        return { status: 'refused', outcome: errorOutcome(error, asker.mode) }
      }
    },
    async poll(
      input: unknown,
      context: ToolContext & { approved: Unanswered },
    ): Promise<ToolAnswer> {
      const found = await plan(input, context)
      if (found.status !== 'needs_approval') return found
      const client = clientFor(context)
      const { approved, signal } = context
      try {
        const { question } = found.approval
        const answer = await client.pollApproval(approved, { question, signal })
        if (answer.status === 'approved') {
          return Object.freeze({ status: 'approved', approved: answer.approval, client })
        }
        const { pending } = answer
        const approval = await client.viewApproval(pending)
        return Object.freeze({ status: 'asked', approval, pending, client })
      } catch (error) {
        if (signal?.aborted) throw signal.reason
        return { status: 'refused', outcome: errorOutcome(error, client.mode) }
      }
    },
    async execute(input: unknown, context: ToolContext = {}): Promise<ToolOutcome> {
      const call = await prepare(input, context)
      if (!('client' in call)) return call
      const { mode } = call.client
      try {
        const response = await call.client.secureFetch(call.request, call.context)
        return responseOutcome(response, mode, policy)
      } catch (error) {
        if (context.signal?.aborted) throw context.signal.reason
        return errorOutcome(error, mode)
      }
    },
  })
}

/** The tool's client, the context's, or the default client of the process. */
function clientChooser(client: AuthSecClient | undefined): (context: ToolContext) => AuthSecClient {
  const ofProcess = keepDefaultClient()
  return (context) => client ?? context.client ?? ofProcess()
}

function resourceRequiresApproval(
  client: AuthSecClient | undefined,
  name: string | undefined,
  method: string,
): boolean {
  if (isSafeMethod(method)) return false
  const { resources = [] } = client ?? {}
  const found = name === undefined ? resources[0] : resources.find((one) => one.name === name)
  return found?.requiresApproval ?? false
}
