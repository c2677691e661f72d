import type { AuthSecClient } from '@authsec/core'
import {
  checkOptions,
  checkToolApprovalRules,
  invalidOption,
  requestToolApproval,
} from '@authsec/core/adapter'
import type { ToolApprovalRules } from '@authsec/core/tool'
import type { RunContext, ToolInputGuardrailDefinition } from '@openai/agents-core'
import { argumentsOf } from './arguments.ts'
import {
  assertClientOrFunction,
  type CallOptions,
  type ClientOf,
  callChecks,
  clientIn,
  contextOf,
} from './call-options.ts'
import { toolsNamed } from './routed-tool.ts'
import { type OwnTool, ownToolBehind } from './tool-marks.ts'

type Guardrail<Context> = ToolInputGuardrailDefinition<Context>
type Data<Context> = Parameters<Guardrail<Context>['run']>[0]
type Verdict = Awaited<ReturnType<Guardrail<unknown>['run']>>

const ALLOW: Verdict = { behavior: { type: 'allow' } }
const reject = (message: string): Verdict => ({ behavior: { type: 'rejectContent', message } })

/** Whose function `client` it is, in errors. */
const GUARDRAIL = 'authsecToolApproval'

/**
 * Creates a tool input guardrail, for `inputGuardrails` of tools of others: it asks a person by CIBA about the tools that
 * have a rule, by the name the model knows, and waits. Anything but an approval rejects the call, and the model reads the
 * reason. The approval is for the tool's name and its arguments as they are.
 *
 * Tools of this package enforce their own rule, or their resource's, inside `invoke`. The guardrail lets them through, so
 * that nobody is asked twice; beside a tool of somebody else with the same name they are not told apart, and it asks. The
 * SDK gives a guardrail no abort signal: `timeoutMs` of the rule limits the wait. With
 * `preApprovalInputGuardrails` of the runner a call that pauses runs its guardrails twice, and the person is asked twice.
 * Throws `ConfigError` for an unusable rule, and for one with `wait: 'suspend'`, because a guardrail cannot pause a run.
 *
 * @param client - The agent that asks, or a function that names it in each call.
 *
 * @example
 * ```ts
 * import { createAuthSecClientFromEnv } from '@authsec/core'
 * import { authsecToolApproval } from '@authsec/openai-agents'
 *
 * const client = createAuthSecClientFromEnv({ AUTHSEC_MODE: 'mock' })
 * export const inputGuardrails = [
 *   authsecToolApproval(client, {
 *     send_mail: { approver: 'owner@example.com', message: 'Send a mail to {to}?' },
 *   }),
 * ]
 * ```
 */
export function authsecToolApproval<Context = unknown>(
  client: AuthSecClient | ClientOf<Context>,
  rules: ToolApprovalRules,
  options: CallOptions<Context> = {},
): Guardrail<Context> {
  assertClientOrFunction(client, `The client of ${GUARDRAIL}`)
  checkToolApprovalRules(rules, 'rules')
  assertNoneSuspends(rules)
  checkOptions<CallOptions<Context>>(options, 'the guardrail options', callChecks)
  return Object.freeze({
    type: 'tool_input',
    name: GUARDRAIL,
    async run({ context, agent, toolCall }: Data<Context>): Promise<Verdict> {
      const { name: toolName, callId: toolCallId, arguments: text } = toolCall
      const own = ownToolBehind(toolsNamed(agent, toolCall))
      if (!Object.hasOwn(rules, toolName) || (own && (await isEnforced(own, text, context)))) {
        return ALLOW
      }
      const input = argumentsOf(text)
      // The tool could not read it either, and nobody needs to decide about it.
      if (input === text) return reject('The arguments are not valid JSON, so nothing was done.')
      const named = { ...options, client: clientIn(context, client, GUARDRAIL) }
      const call = contextOf(named, context, { toolCallId })
      const answer = await requestToolApproval(named.client, rules, { ...call, toolName, input })
      if (typeof answer === 'object') return reject(answer.message)
      return toolCall.arguments === text && toolCall.name === toolName ? ALLOW : reject(CHANGED)
    },
  })
}

const CHANGED = 'The request is not the one that was approved, so nothing was done.'

/** A tool that is told its client in each call knows the rule of its resource only then. */
async function isEnforced(
  own: OwnTool,
  text: string,
  context: RunContext<unknown>,
): Promise<boolean> {
  const { tool, client } = own
  if (tool.requiresApproval || typeof client !== 'function') return tool.requiresApproval
  const plan = await tool.plan(
    argumentsOf(text),
    contextOf(own, context, { toolCallId: undefined }),
  )
  return plan.status === 'needs_approval'
}

function assertNoneSuspends(rules: ToolApprovalRules): void {
  for (const [name, { wait }] of Object.entries(rules)) {
    if (wait !== 'suspend') continue
    throw invalidOption(
      `The rule of ${name}`,
      'has `wait: suspend`, and a guardrail cannot pause a run',
      'Leave `wait` out, or put the rule on an operation of your own.',
    )
  }
}
