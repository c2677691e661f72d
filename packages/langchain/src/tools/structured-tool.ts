import { outcomeText, type ToolContext } from '@authsec/core/adapter'
import type { AgentTool, ToolFailure, ToolOutcome } from '@authsec/core/tool'
import type { CallbackManagerForToolRun } from '@langchain/core/callbacks/manager'
import { type ToolCall, ToolMessage } from '@langchain/core/messages/tool'
import {
  StructuredTool,
  type StructuredToolCallInput,
  ToolInputParsingException,
  type ToolReturnType,
  type ToolRunnableConfig,
} from '@langchain/core/tools'
import type { z } from 'zod'
import { nameOf, type ToolUserOf, threadOf, toolUserOf } from '../run/agent-run.ts'
import { noticesTo } from '../run/approval-notice.ts'
import { findCallbackHandler } from '../run/callback-handler.ts'
import { runOf } from '../run/run-of.ts'

/** Where a tool keeps what it translates. A registered symbol: it is found across two copies of this package. */
const TOOL = Symbol.for('authsec.langchain.tool')
const USER = Symbol('authsec.langchain.user')

/** What the program says about the calls of a tool. */
export interface ToolCallOptions {
  /**
   * Who the agent works for, from `context` and `configurable` of the run, and never from the model. It is in events and
   * the audit log, and an approval is for this user alone; `authsecApproval` names its own. Default: nobody in particular.
   */
  readonly user?: ToolUserOf | undefined
}

type Result = [content: string | ToolMessage, artifact: ToolOutcome]

/**
 * An AuthSec tool as a LangChain tool: the outcome is the content of the message for the model, and its
 * artifact for the program. Neither ever holds a token.
 *
 * @example
 * ```ts
 * import { createAuthSecClientFromEnv } from '@authsec/core'
 * import { defineSecureFetch } from '@authsec/core/tool'
 * import { AuthSecStructuredTool } from '@authsec/langchain'
 *
 * export const tool = new AuthSecStructuredTool(defineSecureFetch(createAuthSecClientFromEnv()))
 * ```
 */
export class AuthSecStructuredTool<Input = unknown> extends StructuredTool<
  z.ZodType<Input>,
  Input,
  Input,
  Result
> {
  readonly name: string
  readonly description: string
  readonly schema: z.ZodType<Input>
  declare private readonly [TOOL]: AgentTool<Input>
  declare private readonly [USER]: ToolUserOf | undefined

  static override lc_name(): string {
    return 'AuthSecStructuredTool'
  }

  constructor(tool: AgentTool<Input>, { user }: ToolCallOptions = {}) {
    super({ responseFormat: 'content_and_artifact' })
    this.name = tool.name
    this.description = tool.description
    this.schema = tool.inputSchema
    // Not enumerable: LangChain serialises and prints what it finds. Not a #field: a proxy of the tool has none.
    Object.defineProperties(this, { [TOOL]: { value: tool }, [USER]: { value: user } })
  }

  /**
   * LangChain turns arguments that do not fit the schema into an exception whose text reaches the model,
   * stack trace included. Here they give the same outcome as in every other framework.
   */
  override async invoke<
    TInput extends StructuredToolCallInput<z.ZodType<Input>, Input>,
    TConfig extends ToolRunnableConfig | undefined,
  >(input: TInput, config?: TConfig): Promise<ToolReturnType<TInput, TConfig, Result>> {
    try {
      return await super.invoke<TInput, TConfig>(input, config)
    } catch (error) {
      if (!(error instanceof ToolInputParsingException)) throw error
      const call = isToolCall(input) ? input : undefined
      const outcome = await this.runTool(call ? call.args : input, config)
      const [content] = this.toResult(outcome, call?.id)
      return content as ToolReturnType<TInput, TConfig, Result>
    }
  }

  protected async _call(
    input: Input,
    runManager?: CallbackManagerForToolRun,
    config?: ToolRunnableConfig,
  ): Promise<Result> {
    const outcome = await this.runTool(input, config, runManager?.runId)
    return this.toResult(outcome, config?.toolCall?.id)
  }

  private runTool(
    input: unknown,
    config: ToolRunnableConfig | undefined,
    runId?: string,
  ): Promise<ToolOutcome> {
    const handler = findCallbackHandler(config?.callbacks)
    const toolCallId = nameOf(config?.toolCall?.id)
    return this[TOOL].execute(input, {
      signal: config?.signal,
      client: handler?.client,
      run: handler?.rootRunOf(runId) ?? runOf(config),
      toolCallId,
      thread: threadOf(config),
      user: toolUserOf(this[USER], config),
      onApproval: noticesTo(config, toolCallId),
    })
  }

  /** A failure is a message with the status `error`, so that agents and interfaces can tell. */
  private toResult(outcome: ToolOutcome, toolCallId: string | undefined): Result {
    if (outcome.ok || toolCallId === undefined) return [outcomeText(outcome), outcome]
    return [failureMessage(outcome, { name: this.name, id: toolCallId }), outcome]
  }
}

export function failureMessage(
  outcome: ToolFailure,
  { name, id }: { readonly name: string; readonly id: string },
): ToolMessage {
  const content = outcomeText(outcome)
  return new ToolMessage({ content, artifact: outcome, status: 'error', name, tool_call_id: id })
}

/** What a tool of this package translates; nothing for other tools. */
export function agentToolOf(tool: unknown): AgentTool | undefined {
  const isOurs = typeof tool === 'object' && tool !== null && TOOL in tool
  return isOurs ? (tool[TOOL] as AgentTool) : undefined
}

/**
 * The same tool with more context for one call. The context stands in a closure, which is neither traced nor
 * stored, as everything in the configuration of a run may be.
 */
export function withToolContext<Tool extends object>(tool: Tool, context: ToolContext): Tool {
  const own = agentToolOf(tool)
  if (!own) return tool
  const execute: AgentTool['execute'] = (input, given) =>
    own.execute(input, { ...given, ...context })
  return Object.create(tool, { [TOOL]: { value: Object.freeze({ ...own, execute }) } })
}

function isToolCall(input: unknown): input is ToolCall {
  return (
    typeof input === 'object' && input !== null && 'type' in input && input.type === 'tool_call'
  )
}
