import type { ApprovalView, AuthSecClient } from '@authsec/core'
import {
  type AgentTool,
  defineOperation,
  type OperationInput,
  type OperationParams,
  type ToolOutcome,
} from '@authsec/core/tool'
import { createStep, type Step } from '@mastra/core/workflows'
import { z } from 'zod'
import { callStateOf } from './call-state.ts'
import { type ClientOf, clientChooser, knownClient } from './request-client.ts'
import { type Operation, operationOptions } from './tool-options.ts'

/** What the first step hands to the second: Mastra has stored it before anybody waits for an answer. */
export interface AskedOperation<Input> {
  readonly input: Input
  /** What may be shown. Absent, as `sealed` is, for a call that requires no approval. */
  readonly approval?: ApprovalView | undefined
  readonly sealed?: string | undefined
  /** The outcome of a call that was refused before anybody was asked. */
  readonly refused?: ToolOutcome | undefined
}

/** What `act` suspends the workflow with. */
export interface ShownApproval {
  readonly approval: ApprovalView
}

/** Two steps of a workflow: `ask` puts the question, and `act` waits for the answer and sends the call. */
export interface ApprovalSteps<Input> {
  readonly ask: Step<string, unknown, Input, AskedOperation<Input>>
  readonly act: Step<string, unknown, AskedOperation<Input>, ToolOutcome, unknown, ShownApproval>
}

/**
 * Creates the two steps of a call that a person must approve: `workflow.then(ask).then(act)`. Mastra stores the
 * question between them, so a workflow that is restarted does not ask again. While nobody has answered, `act`
 * suspends the workflow with `{ approval }`, which may be shown; each `run.resume()` collects the answer, whatever
 * its `resumeData` says. The result is an outcome, also for a denial. Takes the options of `operationTool`, and throws
 * what it throws.
 *
 * @example
 * ```ts
 * import { createAuthSecClientFromEnv } from '@authsec/core'
 * import { approvalSteps } from '@authsec/mastra/workflow'
 * import { createWorkflow } from '@mastra/core/workflows'
 * import { z } from 'zod'
 *
 * const { ask, act } = approvalSteps(createAuthSecClientFromEnv(), {
 *   name: 'get_record',
 *   description: 'One record of the vault.',
 *   path: 'records/{id}',
 *   params: z.object({ id: z.string() }),
 *   approval: { approver: 'owner@example.com', message: 'Show record {id}?' },
 * })
 *
 * export const workflow = createWorkflow({
 *   id: 'show-record',
 *   inputSchema: ask.inputSchema,
 *   outputSchema: act.outputSchema,
 * })
 *   .then(ask)
 *   .then(act)
 *   .commit()
 * ```
 */
export function approvalSteps<Params extends OperationParams>(
  client: AuthSecClient | ClientOf | undefined,
  operation: Operation<Params>,
): ApprovalSteps<OperationInput<Params>> {
  type Input = OperationInput<Params>
  const { approval, ...options } = operationOptions(operation)
  const rule = approval && { ...approval, wait: 'suspend' as const }
  const tool: AgentTool<Input> = defineOperation(knownClient(client), {
    ...options,
    approval: rule,
  })
  const clientFor = clientChooser(client)
  const asked = z.object({
    input: tool.inputSchema,
    approval: z.custom<ApprovalView>().optional(),
    sealed: z.string().optional(),
    refused: tool.outputSchema.optional(),
  })

  function callOf(params: unknown) {
    const { context, requestContext } = callStateOf(params, operation.user)
    return { ...context, client: clientFor(requestContext) }
  }

  const ask = createStep({
    id: `${tool.name}-ask`,
    description: `Asks a person about: ${tool.description}`,
    inputSchema: tool.inputSchema,
    outputSchema: asked,
    async execute(params) {
      const input = params.inputData
      const question = await tool.ask(input, callOf(params))
      if (question.status === 'refused') return { input, refused: question.outcome }
      if (question.status !== 'asked') return { input }
      const sealed = await question.client.sealApproval(question.pending)
      return { input, approval: question.approval, sealed }
    },
  })

  const act = createStep({
    id: tool.name,
    description: tool.description,
    inputSchema: asked,
    outputSchema: tool.outputSchema,
    suspendSchema: z.object({ approval: z.custom<ApprovalView>() }),
    async execute(params) {
      const { input, sealed, refused } = params.inputData
      if (refused) return refused
      const outcome = await tool.execute(input, { ...callOf(params), approved: sealed })
      if (outcome.ok || !outcome.approval) return outcome
      return params.suspend({ approval: outcome.approval })
    },
  })
  return { ask, act }
}
