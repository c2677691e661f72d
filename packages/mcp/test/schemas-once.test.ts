import { McpServer, type StandardSchemaWithJSON } from '@modelcontextprotocol/server'
import { describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { registerTool } from '../src/server/register-tool.ts'

/** What tools are registered with on a server, such as each request over HTTP has one. */
function registered(outputSchema: z.ZodType): StandardSchemaWithJSON['~standard'] {
  const server = new McpServer({ name: 'x', version: '1' })
  const register = vi.spyOn(server, 'registerTool')
  const tool = { name: 'x', description: 'x', inputJsonSchema: { type: 'object' }, outputSchema }
  registerTool(server, tool, {}, () => Promise.reject(new Error('unused')))
  const schema = register.mock.calls[0]?.[1].outputSchema as StandardSchemaWithJSON | undefined
  if (!schema) throw new Error('The tool has no schema.')
  return schema['~standard']
}

const target = { target: 'draft-2020-12' } as const

describe('the output schema of a tool', () => {
  it.each([
    ['an object', z.object({ ok: z.boolean() })],
    ['a union', z.discriminatedUnion('ok', [z.object({ ok: z.literal(true) })])],
    ['a record', z.record(z.string(), z.number())],
  ])('that is %s is converted once for all servers, to the same document', (_what, schema) => {
    const expected = schema['~standard'].jsonSchema.output(target)
    const convert = vi.spyOn(schema['~standard'].jsonSchema, 'output')
    for (let request = 0; request < 5; request++) {
      expect(registered(schema).jsonSchema.output(target)).toEqual(expected)
    }
    expect(convert).toHaveBeenCalledTimes(1)
  })

  it('validates results as before', async () => {
    const { validate } = registered(z.object({ ok: z.boolean() }))
    expect(await validate({ ok: true })).toEqual({ value: { ok: true } })
    expect(await validate({ ok: 'yes' })).toHaveProperty('issues')
  })

  it('is its own, and not that of another tool', () => {
    const [one, two] = [z.object({ one: z.string() }), z.object({ two: z.string() })]
    expect(registered(one).jsonSchema.output(target)).not.toEqual(
      registered(two).jsonSchema.output(target),
    )
  })
})
