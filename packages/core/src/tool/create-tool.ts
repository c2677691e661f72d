import type { z } from 'zod'
import type { Unanswered } from '../approval/approvals.ts'
import type { CallContext, SecureFetchRequest } from '../call/secure-fetch-request.ts'
import type { AuthSecClient } from '../client/client.ts'
import { keepDefaultClient } from '../client/default-client.ts'
import { isSafeMethod } from '../policy/resource-policy.ts'
import type { AgentTool, ToolContext, ToolPlan } from './agent-tool.ts'
import { jsonSchemaOf } from './json-schema.ts'
import { outcomeSchema, type ToolFailure, type ToolOutcome } from './outcome.ts'
import type { ToolPolicy } from './tool-options.ts'
import { errorOutcome, invalidInputOutcome, responseOutcome } from './tool-outcome.ts'
import { askAboutCall, pollAboutCall } from './tool-questions.ts'

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
    ask: async (input: unknown, context: ToolContext = {}) =>
      askAboutCall(await plan(input, context), clientFor(context), context),
    poll: async (input: unknown, context: ToolContext & { approved: Unanswered }) =>
      pollAboutCall(await plan(input, context), clientFor(context), context),
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
