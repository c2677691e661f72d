import { ApprovalError, type SecureFetchRequest } from '@authsec/core'
import { pendingOf } from '@authsec/core/adapter'
import { defineOperation } from '@authsec/core/tool'
import type { CallName, Host, Payment, Progress } from './host.ts'

/** What a program that uses the core alone would keep. */
interface Kept {
  readonly args: Payment
  readonly call: CallName
  readonly sealed: string
}

/** `execute` of a tool without a framework. */
export const toolHost: Host = {
  name: 'core (tool.execute)',
  open({ client, operation }) {
    const tool = defineOperation(client, operation)

    async function run(args: Payment, call: CallName, approved?: string): Promise<Progress> {
      const outcome = await tool.execute(args, { ...call, approved })
      const pending = pendingOf(outcome)
      if (!pending) return { outcome }
      const kept: Kept = { args, call, sealed: await client.sealApproval(pending) }
      return { stored: JSON.stringify(kept) }
    }

    return {
      begin: (args, call) => run(args, call),
      async resume(stored, { user, toolCallId, args: edited }) {
        const { args, call, sealed }: Kept = JSON.parse(stored)
        const now = { ...call, user, toolCallId: toolCallId ?? call.toolCallId }
        return run(edited ?? args, now, sealed)
      },
      close: () => client.close(),
    }
  },
}

/** `client.secureFetch` itself. */
export const secureFetchHost: Host = {
  name: 'core (client.secureFetch)',
  open({ client, operation: { approval } }) {
    async function run(args: Payment, call: CallName, approved?: string): Promise<Progress> {
      const { to, amount } = args
      const request: SecureFetchRequest = {
        endpoint: `accounts/${to}/payments`,
        method: 'POST',
        body: { amount },
        ...{ approval, approved },
      }
      try {
        const values = { to, amount }
        return { outcome: await client.secureFetch(request, { ...call, values, tool: 'pay' }) }
      } catch (error) {
        if (!ApprovalError.isInstance(error) || !error.pending) throw error
        const kept: Kept = { args, call, sealed: await client.sealApproval(error.pending) }
        return { stored: JSON.stringify(kept) }
      }
    }

    return {
      begin: (args, call) => run(args, call),
      async resume(stored, { user, toolCallId, args: edited }) {
        const { args, call, sealed }: Kept = JSON.parse(stored)
        return run(
          edited ?? args,
          { ...call, user, toolCallId: toolCallId ?? call.toolCallId },
          sealed,
        )
      },
      close: () => client.close(),
    }
  },
}
