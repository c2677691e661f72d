import type { OperationOptions } from '@authsec/core/tool'
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
  authsecToolApproval,
  type Operation,
  operationTool,
  type SecureFetchOptions,
  secureFetchTool,
} from '../src/index.ts'

const operation: OperationOptions<z.ZodObject<z.ZodRawShape>> = {
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
    user: ['ann', 'usr'],
    ...secureFetchOptionCases,
  },
})

describeOptions<Operation<z.ZodObject<z.ZodRawShape>>>({
  what: 'operationTool',
  create: (options) => operationTool(undefined, options),
  valid: operation,
  options: {
    name: [7, 'nam'],
    user: ['ann', 'usr'],
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

describe('a tool approval policy', () => {
  const client = testClient({
    baseUrl: 'https://auth.example.com',
    clientId: 'a594430b-2bd4-4792-9666-63162ee858c5',
    vaultUrl: 'https://api.example.com',
  })

  it.each([
    [client, { delete_file: { mesage: 'Delete?' } }],
    [client, { delete_file: true }],
    [client, undefined],
    [undefined, {}],
    [{}, {}],
  ])('%# is refused when client or rules cannot work', (given, rules) => {
    const create = (): unknown => authsecToolApproval(given as never, rules as never)
    expect(thrown(create)).toMatchObject({ name: 'ConfigError' })
  })
})
