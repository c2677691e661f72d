import type { AnswerPlan } from '../answers/answer-options.ts'
import { type ReadAnswer, readAnswer } from '../answers/read-answer.ts'
import type { Unanswered } from '../approval/approvals.ts'
import type { SecureFetchResponse } from '../call/response-guard.ts'
import type { CallContext, SecureFetchRequest } from '../call/secure-fetch-request.ts'
import type { AuthSecClient } from '../client/client.ts'
import { keepDefaultClient } from '../client/default-client.ts'
import { AuthSecError } from '../errors.ts'
import { type ApprovalRule, isSafeMethod } from '../policy/resource-policy.ts'
import { jsonSchemaOf } from '../schema/json-schema.ts'
import type { AgentTool, ToolContext, ToolPlan } from './agent-tool.ts'
import { outcomeSchema, type ToolFailure, type ToolOutcome } from './outcome.ts'
import { type InputRules, readInput } from './read-input.ts'
import { statusFailure } from './status-failure.ts'
import type { ToolPolicy } from './tool-options.ts'
import { answerOutcome, errorOutcome } from './tool-outcome.ts'
import { askAboutCall, pollAboutCall } from './tool-questions.ts'

export interface ToolDefinition<Input> extends InputRules<Input> {
  readonly description: string
  /** In upper case. */
  readonly method: string
  /** The path template, where there is one. */
  readonly route?: string
  /** What becomes of the answers. Absent: they are JSON, and shown as they are. */
  readonly answer?: AnswerPlan | undefined
  /** The rule of an unsafe method where neither the tool nor its resource has one. */
  readonly defaultApproval?: ApprovalRule | undefined
  toRequest(
    input: Input,
  ): Pick<SecureFetchRequest, 'endpoint' | 'method' | 'query' | 'body'> &
    Pick<
      CallContext,
      'route' | 'values' | 'chosenHeaders' | 'fixedHeaders' | 'callKey' | 'encoding'
    >
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
  const { name, description, inputSchema, method, defaultApproval } = definition
  const { resource, permission, maxResultCharacters: enough } = policy
  const clientFor = clientChooser(client)
  const fallback = isSafeMethod(method) ? undefined : defaultApproval

  /** The tool's own rule, else that of the resource, which the client knows, else the default. */
  function ruleFor(active: AuthSecClient): ApprovalRule | undefined {
    if (policy.approval !== undefined || fallback === undefined) return policy.approval
    return resourceRequiresApproval(active, resource, method) ? undefined : fallback
  }

  /** What core is told of a call, beside the call itself. */
  function contextOf(context: ToolContext): CallContext {
    const { run, callId, toolCallId, thread, user, caller, onApproval } = context
    const answer = definition.answer?.form
    return { answer, run, tool: name, callId, toolCallId, thread, user, caller, onApproval }
  }

  /** Turns a model's input into a call, for `plan` and `execute` alike. An input that does not fit has the error instead. */
  async function prepare(input: unknown, context: ToolContext): Promise<PreparedCall> {
    const { signal, approved } = context
    signal?.throwIfAborted()
    const active = clientFor(context)
    const request = { resource, permission, approval: ruleFor(active), approved, signal }
    const refused = (refusal: AuthSecError): PreparedCall => ({
      client: active,
      request: { ...request, method, endpoint: definition.route ?? endpointIn(input) },
      context: { ...contextOf(context), route: definition.route, refusal },
    })
    const read = await readInput(definition, input, signal)
    if ('problem' in read) return refused(read.problem)
    try {
      const { endpoint, method, query, body, ...facts } = definition.toRequest(read.input)
      return {
        client: active,
        request: { endpoint, method, query, body, ...request },
        context: { ...contextOf(context), ...facts },
      }
    } catch (error) {
      if (!AuthSecError.isInstance(error)) throw error
      return refused(error)
    }
  }

  /** The outcome of a call that is not sent. `secureFetch` reports why, and throws it. */
  async function ended(
    { client, request, context }: PreparedCall,
    error: unknown,
  ): Promise<ToolFailure> {
    const outcome = errorOutcome(error, client.mode)
    if (AuthSecError.isInstance(error)) {
      await client.secureFetch(request, { ...context, refusal: error }).catch(() => undefined)
    }
    return outcome
  }

  async function refuse(
    input: unknown,
    error: unknown,
    context: ToolContext = {},
  ): Promise<ToolFailure> {
    return ended(await prepare(input, context), error)
  }

  async function plan(input: unknown, context: ToolContext = {}): Promise<ToolPlan> {
    const call = await prepare(input, context)
    try {
      if (call.context.refusal) throw call.context.refusal
      return await call.client.plan(call.request, call.context)
    } catch (error) {
      if (context.signal?.aborted) throw context.signal.reason
      const isEnd = context.endsWithPlan === true
      const outcome = isEnd ? await ended(call, error) : errorOutcome(error, call.client.mode)
      return { status: 'refused', outcome }
    }
  }

  return Object.freeze({
    name,
    description,
    inputSchema,
    inputJsonSchema: jsonSchemaOf(inputSchema, name),
    outputSchema: outcomeSchema,
    requiresApproval:
      (policy.approval ?? fallback) !== undefined ||
      resourceRequiresApproval(client, resource, method),
    plan,
    async ask(input: unknown, context: ToolContext = {}) {
      const found = await plan(input, { ...context, endsWithPlan: true })
      const end = (error: unknown) => refuse(input, error, context)
      return askAboutCall(found, clientFor(context), { ...context, end })
    },
    async poll(input: unknown, context: ToolContext & { approved: Unanswered }) {
      const found = await plan(input, { ...context, endsWithPlan: true })
      const end = (error: unknown) => refuse(input, error, context)
      return pollAboutCall(found, clientFor(context), { ...context, end })
    },
    refuse,
    async execute(input: unknown, context: ToolContext = {}): Promise<ToolOutcome> {
      const call = await prepare(input, context)
      const { mode } = call.client
      const { signal } = context
      let answer: ReadAnswer
      try {
        answer = await readAnswer({ ...call, plan: definition.answer, enough, codeOf })
      } catch (error) {
        if (signal?.aborted) throw signal.reason
        return errorOutcome(error, mode)
      }
      // From here on runs the program's own code: what it throws is no outcome.
      return answerOutcome(answer, definition.answer, { tool: name, mode, policy, signal })
    },
  })
}

function codeOf(response: SecureFetchResponse): string {
  return statusFailure(response).code
}

/** What a model wrote as the endpoint, for events. */
function endpointIn(input: unknown): string {
  const { endpoint }: { endpoint?: unknown } = Object(input)
  return typeof endpoint === 'string' ? endpoint : ''
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
