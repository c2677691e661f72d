import type { RequestListener } from 'node:http'
import type { Emulator } from '@authsec/emulator'
import { startServer, testClient, watch } from '@authsec-internal/test-kit'
import { z } from 'zod'
import type { AuthSecClient } from '../../src/client/client.ts'
import type { AuthSecClientOptions } from '../../src/config/client-options.ts'
import { defineOperation, type OperationOptions, type ToolOutcome } from '../../src/tool.ts'

export type Options = Partial<OperationOptions<z.ZodObject<z.ZodRawShape>>>

/** An operation that reads `x` of the API. */
export function reader(client: AuthSecClient | undefined, options: Options) {
  return defineOperation(client, {
    name: 'read_x',
    description: 'Reads x.',
    path: 'x',
    params: z.object({}),
    ...options,
  })
}

/** The outcome of one call of such an operation, of an API that answers like this. */
export async function readFrom(
  emulator: Emulator,
  listener: RequestListener,
  options: Options,
  clientOptions: Partial<AuthSecClientOptions> = {},
): Promise<{ outcome: ToolOutcome; token: string }> {
  await using api = await startServer(listener)
  await using client = testClient(emulator, {
    resources: [{ name: 'api', baseUrl: api.baseUrl }],
    ...clientOptions,
  })
  const tool = reader(client, options)
  const outcome = await tool.execute({})
  watch('an outcome', outcome)
  tool.outputSchema.parse(outcome)
  return { outcome, token: (await client.getDelegationToken()).value }
}

/** An API that answers with one body; a function is given the bearer of the request. */
export function answering(
  type: string,
  body: string | Uint8Array | ((token: string) => string | Uint8Array),
  status = 200,
): RequestListener {
  return (request, response) => {
    const token = String(request.headers.authorization).slice('Bearer '.length)
    response.writeHead(status, { 'content-type': type })
    response.end(typeof body === 'function' ? body(token) : body)
  }
}
