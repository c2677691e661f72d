import type { OperationParams } from '@authsec/core/tool'
import { toStandardJsonSchema } from '@valibot/to-json-schema'
import { type } from 'arktype'
import * as v from 'valibot'
import { expect, it } from 'vitest'
import { z } from 'zod'
import type { ContractHarness } from './harness.ts'
import { setUp } from './set-up.ts'

/** The same parameter in every kind of schema that an operation takes. */
const kinds: readonly [kind: string, params: OperationParams][] = [
  ['zod', z.object({ id: z.string(), more: z.number().optional() })],
  ['arktype', type({ id: 'string', 'more?': 'number' })],
  ['valibot', toStandardJsonSchema(v.object({ id: v.string(), more: v.optional(v.number()) }))],
  [
    'JSON Schema',
    {
      type: 'object',
      properties: { id: { type: 'string' }, more: { type: 'number' } },
      required: ['id'],
    },
  ],
]

export function describeSchemas(harness: ContractHarness): void {
  it.each(kinds)(
    'an operation whose parameters are %s is shown, called, and refuses fields it does not have',
    async (_kind, params) => {
      await using setup = await setUp(harness)
      const options = { name: 'vault', description: 'A record.', path: 'records/{id}', params }
      const tool = { kind: 'operation', options } as const
      const right = await setup.runTurn({ tool, calls: [{ id: 'rec-0001' }] })
      expect(right.outcome).toMatchObject({ ok: true })
      const [shown] = right.shown
      expect(shown?.schema).toMatchObject({
        type: 'object',
        properties: { id: { type: 'string' }, more: { type: 'number' } },
        required: ['id'],
        additionalProperties: false,
      })
      const calls = [{ id: 'rec-0001', approved: true }]
      const wrong = await setup.runTurn({ tool, calls })
      expect(wrong.outcome.ok).toBe(false)
      expect(setup.vaultCalls()).toBe(1)
    },
  )
}
