import type { OperationOptions } from '@authsec/core/tool'
import { z } from 'zod'

/** A tool that every framework package can make: of one operation, or the secure fetch tool. */
export type ToolCase = { readonly operation?: Operation }

export type Operation = OperationOptions<z.ZodObject<z.ZodRawShape>>

export const TOOL_NAME = 'vault_tool'

/** Path, query and body, written as docs/tool-schemas.md advises. */
export const bookPayment: Operation = {
  name: TOOL_NAME,
  description: 'Books a payment of a customer.',
  method: 'POST',
  path: 'customers/{id}/payments',
  queryParams: ['dry'],
  params: z.object({
    id: z.string().describe('The customer.'),
    dry: z.boolean().describe('Only checks the payment.'),
    amount: z.number(),
    currency: z.enum(['EUR', 'USD']),
    lines: z.array(z.object({ text: z.string(), quantity: z.number() }).strict()),
  }),
}

export const withoutParameters: Operation = {
  name: TOOL_NAME,
  description: 'All metrics.',
  path: 'metrics',
  params: z.object({}),
}

/** An operation with one parameter, of the given type. */
export function operationWith(value: z.ZodType): Operation {
  const params = z.object({ value })
  return { name: TOOL_NAME, description: 'One.', method: 'POST', path: 'values', params }
}
