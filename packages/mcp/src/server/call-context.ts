import { namedUser, newCallId, type ToolContext } from '@authsec/core/adapter'
import type { ServerContext } from '@modelcontextprotocol/server'
import { signalOf } from './call-signal.ts'
import type { UserOf } from './server-options.ts'

/**
 * What core is told of a call: who calls, by the token that was verified, and for whom. The user is what a question is
 * bound to: it is another question for everybody else.
 */
export function callContextOf(ctx: ServerContext, userOf: UserOf | undefined): ToolContext {
  const caller = ctx.http?.authInfo?.clientId || undefined
  return {
    signal: signalOf(ctx),
    callId: newCallId(),
    toolCallId: String(ctx.mcpReq.id),
    caller,
    user: userOf ? namedUser(userOf(ctx), 'the server') : caller,
  }
}
