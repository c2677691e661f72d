import type { AuthSecClient } from '@authsec/core'
import {
  checkOptions,
  checkToolApprovalRules,
  invalidOption,
  isText,
  optional,
  optionalFunction,
  required,
} from '@authsec/core/adapter'
import type { ToolApprovalRules } from '@authsec/core/tool'
import { assertClientOrFunction, type ClientOf, clientIn } from './call-options.ts'
import { type ForeignTool, foreignCalls } from './foreign-calls.ts'
import { guardedTool } from './guarded-tools.ts'
import type { ApprovalData, ApprovalWriter, ChatMessage } from './message-parts.ts'
import { ownCalls } from './own-calls.ts'
import { type Settled, settleMessages } from './settle-messages.ts'
import type { Suspendable, ToolCall } from './suspended-call.ts'
import { agentToolOf, clientOfTool, enforcesApproval } from './tool-marks.ts'

/** Where sealed questions are kept instead of in the messages: a cookie, a session, a database. */
export interface SealStore {
  save(toolCallId: string, sealed: string): void | Promise<void>
  load(toolCallId: string): string | undefined | Promise<string | undefined>
}

export interface ApprovalsOptions {
  /** Who the agent works for, from your own session and never from the request's body. Another user cannot carry a call on. */
  user: string
  /** The conversation. In it, the same call finds its open question and does not ask again. */
  chatId: string
  /** Rules for tools of others, by the name the model knows. Tools of this package have their own. */
  rules?: ToolApprovalRules | undefined
  /** Default: in a part `data-authsec` of the message, which comes back with the next request. */
  seal?: SealStore | undefined
  /** The text of what a tool of somebody else throws, for model and client. Default: `An error occurred.` */
  onError?: ((error: unknown) => string) | undefined
}

export interface SettleOptions {
  /** The `writer` of `createUIMessageStream`. Without one, the client is told nothing, and `seal` is needed. */
  writer?: ApprovalWriter | undefined
  /** Ends waiting and sending. A call that was approved and is cut off is not repeated. */
  abortSignal?: AbortSignal | undefined
  /**
   * The `context` (AI SDK 6: `experimental_context`) that tools of others get, and in which functions look for the
   * client of a call: the same as that of the run.
   */
  context?: unknown
}

/** The approvals of one request. */
export interface Approvals {
  /** Copies of the tools, in which those with a rule end the response and wait for a person. */
  tools<Tools extends object>(tools: Tools): Tools
  /** Collects answers and executes what is approved, before the model is called. */
  settle<Message extends ChatMessage>(
    messages: readonly Message[],
    options?: SettleOptions,
  ): Promise<Settled<Message>>
}

/**
 * Lets calls wait for a person across requests, in AI SDK 6 and 7: the response ends with a tool part in the state
 * `approval-requested`, and a later request executes the call, once. What the client answers starts a look at
 * AuthSec's answer and decides nothing. Create one for each request; call `tools` before `settle`. Throws
 * `ConfigError` for an unusable option.
 *
 * @param client - The agent that asks, or a function that names it in each call. A tool's own client, or function,
 *   comes first.
 *
 * @example
 * ```ts
 * import { createAuthSecClientFromEnv } from '@authsec/core'
 * import { createApprovals } from '@authsec/ai-sdk'
 *
 * const approvals = createApprovals(createAuthSecClientFromEnv(), {
 *   user: 'user@example.com',
 *   chatId: 'chat-1',
 * })
 * export const tools = approvals.tools({})
 * ```
 */
export function createApprovals(
  client: AuthSecClient | ClientOf,
  options: ApprovalsOptions,
): Approvals {
  assertClientOrFunction(client, 'The client of createApprovals')
  assertOptions(options)
  const { user, chatId, rules = {}, seal, onError = () => 'An error occurred.' } = options
  const calls = new Map<string, Suspendable>()
  let writer: ApprovalWriter | undefined

  function write({ sealed, ...shown }: ApprovalData): void {
    const data = seal || sealed === undefined ? shown : { ...shown, sealed }
    writer?.write({ type: 'data-authsec', id: data.toolCallId, data })
  }

  function callsOf(name: string, tool: object): Suspendable | undefined {
    const own = agentToolOf(tool)
    const clientFor = clientChooser(clientOfTool(tool), client)
    if (own && mayAsk(tool)) return ownCalls(own, clientFor, { user, chatId })
    if (own || !Object.hasOwn(rules, name)) return undefined
    const { execute }: ForeignTool = tool
    if (typeof execute !== 'function') throw notEnforced(name)
    return foreignCalls(tool, name, rules, clientFor, { user, chatId }, onError)
  }

  /** A question whose sealed form nobody keeps could not be carried on. */
  function assertKept(): void {
    if (seal || writer) return
    throw invalidOption(
      'the options of createApprovals',
      'leave open where sealed questions are kept',
      'Call `settle(messages, { writer })` before the model, or set `seal`.',
    )
  }

  return Object.freeze({
    tools<Tools extends object>(tools: Tools): Tools {
      const entries = Object.entries(tools).map(([name, tool]) => {
        const found = callsOf(name, tool)
        if (!found) return [name, tool]
        calls.set(name, found)
        const kept: Suspendable = {
          ...found,
          async ask(call) {
            // What has no rule of its own, but perhaps that of a resource, mostly asks nothing.
            if (enforcesApproval(tool) || !(await found.isFree(call))) assertKept()
            return found.ask(call)
          },
        }
        const guarded = guardedTool(tool, kept, async (toolCallId, { approval, sealed }) => {
          await seal?.save(toolCallId, sealed)
          write({ toolCallId, approval, sealed })
        })
        return [name, guarded]
      })
      return Object.fromEntries(entries)
    },

    async settle<Message extends ChatMessage>(
      messages: readonly Message[],
      settling: SettleOptions = {},
    ): Promise<Settled<Message>> {
      const { abortSignal, context } = settling
      writer = settling.writer
      return settleMessages(messages, {
        ...{ calls, writer, abortSignal, context, write },
        sealedOf: async (toolCallId, data) => (seal ? seal.load(toolCallId) : data?.sealed),
      })
    },
  })
}

/** Whether calls of a tool of this package may need an approval: of a tool that is told its client in each call, any may. */
function mayAsk(tool: object): boolean {
  return enforcesApproval(tool) || typeof clientOfTool(tool) === 'function'
}

/** A tool's own client, or what its function names, comes first. */
function clientChooser(
  own: AuthSecClient | ClientOf | undefined,
  given: AuthSecClient | ClientOf,
): (call: ToolCall) => AuthSecClient {
  return ({ context }) => {
    return own ? clientIn(context, own) : clientIn(context, given, 'createApprovals')
  }
}

/** What a client executes, nobody can enforce an approval of. */
function notEnforced(name: string): Error {
  return invalidOption(
    `the tool ${name}`,
    'has a rule and no `execute`',
    'Give it an `execute`, or leave the rule out.',
  )
}

const checkStore = required(
  (value) => typeof Object(value).save === 'function' && typeof Object(value).load === 'function',
  'an object with the functions save and load',
)

function assertOptions(options: ApprovalsOptions): void {
  checkOptions<ApprovalsOptions>(options, 'the options of createApprovals', {
    user: isText,
    chatId: isText,
    rules: optional(checkToolApprovalRules),
    seal: optional(checkStore),
    onError: optionalFunction,
  })
}
