import type { OperationOptions } from '@authsec/core/tool'
import {
  describeOptions,
  operationOptionCases,
  rejection,
  secureFetchOptionCases,
  thrown,
} from '@authsec-internal/test-kit'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import {
  AuthSecCallbackHandler,
  AuthSecSecureFetchTool,
  type AuthSecSecureFetchToolOptions,
  delegationTokenFrom,
  operationTool,
  type ToolCallOptions,
} from '../src/index.ts'

const operation: OperationOptions<z.ZodObject<z.ZodRawShape>> = {
  name: 'get_record',
  description: 'One record.',
  path: 'records/{id}',
  params: z.object({ id: z.string() }),
}

describeOptions<AuthSecSecureFetchToolOptions>({
  what: 'AuthSecSecureFetchTool',
  create: (options) => new AuthSecSecureFetchTool(options),
  valid: {},
  options: {
    client: [{ mode: 'live' }, 'clients'],
    name: [7, 'nam'],
    user: ['ann', 'usr'],
    ...secureFetchOptionCases,
  },
})

describeOptions<OperationOptions<z.ZodObject<z.ZodRawShape>> & ToolCallOptions>({
  what: 'operationTool',
  create: (options) => operationTool(undefined, options),
  valid: operation,
  options: {
    name: ['', 'nam'],
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

describe('a callback handler', () => {
  it.each([undefined, null, {}, 'client'])('is refused with %j as its client', (client) => {
    const create = (): unknown => new AuthSecCallbackHandler(client as never)
    expect(thrown(create)).toMatchObject({ name: 'ConfigError' })
  })

  it('is missed by a tool that needs its token, with the remedy', async () => {
    expect(await rejection(delegationTokenFrom({ callbacks: [] }))).toMatchObject({
      name: 'ConfigError',
      hint: expect.stringMatching(/callbacks/),
    })
  })
})
