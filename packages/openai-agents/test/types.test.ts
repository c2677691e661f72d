import type { AuthSecClient } from '@authsec/core'
import { Agent, type RunContext, type RunState, tool } from '@openai/agents-core'
import { expect, it } from 'vitest'
import { z } from 'zod'
import {
  authsecToolApproval,
  operationTool,
  secureFetchTool,
  settleApprovals,
} from '../src/index.ts'

interface Session {
  readonly tenant: string
}

const record = {
  name: 'get_record',
  description: 'One record.',
  path: 'records/{id}',
  params: z.object({ id: z.string() }),
}

/** Checked by the compiler, never run: the tools fit agents of any context without a cast, and mistakes do not. */
export function fits(client: AuthSecClient, state: RunState<Session, Agent<Session>>): unknown {
  const clientOf = ({ context }: RunContext<Session>): AuthSecClient | undefined =>
    context.tenant === 'acme' ? client : undefined
  const user = ({ context }: RunContext<Session>): string => context.tenant
  const inputGuardrails = [authsecToolApproval(clientOf, { mail: { message: 'Mail?' } }, { user })]
  const mail = tool<z.ZodObject, Session>({
    name: 'mail',
    description: 'Mails.',
    parameters: z.object({}),
    inputGuardrails,
    execute: () => 'sent',
  })
  const own = [secureFetchTool(client), operationTool(client, record)]
  const shared = [secureFetchTool(clientOf), operationTool(clientOf, { ...record, user })]
  // @ts-expect-error: params is a schema
  operationTool(client, { name: 'x', description: 'x', path: 'x', params: { id: 'string' } })
  // @ts-expect-error: the function reads another context than this agent's
  new Agent<{ other: string }>({ name: 'a', tools: shared })
  void settleApprovals(state)
  return [
    new Agent({ name: 'a', tools: own }),
    new Agent<Session>({ name: 'a', tools: [...own, ...shared, mail] }),
  ]
}

it('the types of this file are checked by tsc', () => {
  expect(fits).toBeTypeOf('function')
})
