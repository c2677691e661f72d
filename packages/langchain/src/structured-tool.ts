import { outcomeText } from '@authsec/core/adapter'
import type { AgentTool, ToolOutcome } from '@authsec/core/tool'
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
import { findCallbackHandler } from './callback-handler.ts'
import { runOf } from './run-of.ts'

/** Where a tool keeps what it translates. */
const TOOL = Symbol('authsec.tool')

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

  static override lc_name(): string {
    return 'AuthSecStructuredTool'
  }

  constructor(tool: AgentTool<Input>) {
    super({ responseFormat: 'content_and_artifact' })
    this.name = tool.name
    this.description = tool.description
    this.schema = tool.inputSchema
    // Not enumerable: LangChain serialises and prints what it finds. Not a #field: a proxy of the tool has none.
    Object.defineProperty(this, TOOL, { value: tool })
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
    return this[TOOL].execute(input, {
      signal: config?.signal,
      client: handler?.client,
      run: handler?.rootRunOf(runId) ?? runOf(config),
    })
  }

  /** A failure is a message with the status `error`, so that agents and interfaces can tell. */
  private toResult(outcome: ToolOutcome, callId: string | undefined): Result {
    const content = outcomeText(outcome)
    if (outcome.ok || callId === undefined) return [content, outcome]
    const message = new ToolMessage({
      content,
      artifact: outcome,
      status: 'error',
      name: this.name,
      tool_call_id: callId,
    })
    return [message, outcome]
  }
}

function isToolCall(input: unknown): input is ToolCall {
  return (
    typeof input === 'object' && input !== null && 'type' in input && input.type === 'tool_call'
  )
}
