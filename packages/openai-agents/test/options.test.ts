import {
  describeOptions,
  operationOptionCases,
  rejection,
  secureFetchOptionCases,
  testClient,
  thrown,
} from '@authsec-internal/test-kit'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import {
  authsecToolApproval,
  type CallOptions,
  type Operation,
  operationTool,
  type SecureFetchOptions,
  secureFetchTool,
  settleApprovals,
} from '../src/index.ts'
import { runner, scripted } from './support.ts'

describeOptions<SecureFetchOptions>({
  what: 'secureFetchTool',
  create: (options) => secureFetchTool(undefined, options),
  valid: {},
  options: {
    name: [7, 'nam'],
    user: ['alice', 'usr'],
    thread: ['chat-1', 'thred'],
    ...secureFetchOptionCases,
  },
})

describeOptions<Operation<z.ZodObject<z.ZodRawShape>>>({
  what: 'operationTool',
  create: (options) => operationTool(undefined, options),
  valid: {
    name: 'get_record',
    description: 'One record.',
    path: 'records/{id}',
    params: z.object({ id: z.string() }),
  },
  options: {
    name: ['', 'nam'],
    user: ['alice', 'usr'],
    thread: ['chat-1', 'thred'],
    ...operationOptionCases,
  },
})

const client = testClient({
  baseUrl: 'https://auth.example.com',
  clientId: 'a594430b-2bd4-4792-9666-63162ee858c5',
  vaultUrl: 'https://api.example.com',
})

describeOptions<CallOptions>({
  what: 'authsecToolApproval',
  create: (options) => authsecToolApproval(client, {}, options),
  valid: {},
  options: { user: ['alice', 'usr'], thread: ['chat-1', 'thred'] },
})

describe('a guardrail', () => {
  it.each([undefined, {}, 'client'])('is refused with %j as its client', (given) => {
    expect(thrown(() => authsecToolApproval(given as never, {}))).toMatchObject({
      name: 'ConfigError',
    })
  })

  it.each([
    { remove: { mesage: 'Remove?' } },
    { remove: { message: 7 } },
    'remove',
    { remove: { message: 'Remove?', wait: 'suspend' } },
  ])('is refused with the rules %j', (rules) => {
    expect(thrown(() => authsecToolApproval(client, rules as never))).toMatchObject({
      name: 'ConfigError',
    })
  })
})

it('settling approvals is refused with an unknown or unusable option', async () => {
  const { state } = await runner.run(scripted([], []).agent, 'go')
  for (const options of [{ signal: 7 }, { sginal: AbortSignal.abort() }]) {
    const error = await rejection(settleApprovals(state, options as never))
    expect(error.name).toBe('ConfigError')
  }
})
