import {
  describeOptions,
  operationOptionCases,
  secureFetchOptionCases,
  testClient,
  thrown,
} from '@authsec-internal/test-kit'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import {
  authsecBeforeToolCall,
  type BeforeToolCallOptions,
  type Operation,
  operationTool,
  type SecureFetchOptions,
  secureFetchTool,
} from '../src/index.ts'

const operation: Operation<z.ZodObject<z.ZodRawShape>> = {
  name: 'get_record',
  description: 'One record.',
  path: 'records/{id}',
  params: z.object({ id: z.string() }),
}

describeOptions<SecureFetchOptions>({
  what: 'secureFetchTool',
  create: (options) => secureFetchTool(undefined, options),
  valid: {},
  options: {
    name: [7, 'nam'],
    user: ['alice', 'usr'],
    ...secureFetchOptionCases,
  },
})

describeOptions<Operation<z.ZodObject<z.ZodRawShape>>>({
  what: 'operationTool',
  create: (options) => operationTool(undefined, options),
  valid: operation,
  options: {
    name: ['', 'nam'],
    user: ['alice', 'usr'],
    ...operationOptionCases,
  },
})

describe('an operation with a misspelt guard', () => {
  it.each(['aproval', 'approvals', 'permisson', 'scope'])(
    'is refused for %s, also when the object comes through a spread',
    (name) => {
      const declared = { ...operation, [name]: { message: 'Really?' } }
      const error = thrown(() => operationTool(undefined, { ...declared }))
      expect(error).toMatchObject({
        name: 'ConfigError',
        message: expect.stringMatching(/did you mean "(approval|permission)"/),
      })
    },
  )
})

const client = testClient({
  baseUrl: 'https://auth.example.com',
  clientId: 'a594430b-2bd4-4792-9666-63162ee858c5',
  vaultUrl: 'https://api.example.com',
})

describeOptions<BeforeToolCallOptions>({
  what: 'authsecBeforeToolCall',
  create: (options) => authsecBeforeToolCall(client, options),
  valid: {},
  options: {
    approvals: [{ delete_file: { mesage: 'Delete?' } }, 'aprovals'],
    tools: [['delete_file'], 'tool'],
    user: ['alice', 'usr'],
  },
})

describe('a hook before tool calls', () => {
  it.each([undefined, {}, 'client'])('is refused with %j as its client', (given) => {
    const create = (): unknown => authsecBeforeToolCall(given as never)
    expect(thrown(create)).toMatchObject({ name: 'ConfigError' })
  })
})
