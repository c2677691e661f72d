import { type AuthSecClient, createAuthSecClientFromEnv } from '@authsec/core'
import { createFileStore } from '@authsec/core/store'
import { type AgentTool, defineOperation } from '@authsec/core/tool'
import { z } from 'zod'

/** One tool, and the client that calls the API for it. It knows nothing of the engine. */
export interface Agent {
  readonly client: AuthSecClient
  readonly tool: AgentTool
}

/**
 * All workers that carry on each other's runs have the same keys (AUTHSEC_APPROVAL_KEYS), which open what another
 * one sealed, and the same store, in which one of them claims each approval.
 */
export function createAgent(env: NodeJS.ProcessEnv = process.env): Agent {
  const { AUTHSEC_API_URL = '', APPROVER, STORE_DIRECTORY = '' } = env
  const client = createAuthSecClientFromEnv(env, {
    resources: [{ name: 'bank', baseUrl: AUTHSEC_API_URL, methods: ['DELETE'] }],
    store: createFileStore({ directory: STORE_DIRECTORY }),
  })
  const tool = defineOperation(client, {
    name: 'close_account',
    description: 'Closes an account for good.',
    method: 'DELETE',
    path: 'accounts/{id}',
    params: z.object({ id: z.string() }),
    permission: 'accounts:close',
    approval: { approver: APPROVER, message: 'Close account {id}?', wait: 'suspend' },
  })
  return { client, tool }
}

/** Stands for a model: which tool call the task needs. */
export async function chooseCall(task: string): Promise<{ id: string }> {
  return { id: /account (\S+)/.exec(task)?.[1] ?? '' }
}
