import { startRecordingApi, testClient, testEmulator, thrown } from '@authsec-internal/test-kit'
import { toStandardJsonSchema } from '@valibot/to-json-schema'
import { type } from 'arktype'
import * as v from 'valibot'
import { describe, expect, expectTypeOf, it, vi } from 'vitest'
import { z } from 'zod'
import { type AgentTool, defineOperation, type OperationParams } from '../src/tool.ts'

const base = { name: 'pay', description: 'Pays.', method: 'POST', path: 'accounts/{id}/payments' }

/** The same parameters in every kind of schema. */
const kinds = {
  zod: z.object({
    id: z.string(),
    amount: z.number().int().min(1),
    currency: z.enum(['eur', 'usd']),
    tags: z.array(z.string()).optional(),
    to: z.strictObject({ name: z.string() }).optional(),
  }),
  arktype: type({
    id: 'string',
    amount: 'number.integer >= 1',
    currency: "'eur'|'usd'",
    'tags?': 'string[]',
    'to?': { name: 'string' },
  }),
  valibot: toStandardJsonSchema(
    v.object({
      id: v.string(),
      amount: v.pipe(v.number(), v.integer(), v.minValue(1)),
      currency: v.picklist(['eur', 'usd']),
      tags: v.optional(v.array(v.string())),
      to: v.optional(v.object({ name: v.string() })),
    }),
  ),
  'JSON Schema': {
    type: 'object',
    properties: {
      id: { type: 'string' },
      amount: { type: 'integer', minimum: 1 },
      currency: { enum: ['eur', 'usd'] },
      tags: { type: 'array', items: { $ref: '#/$defs/tag' } },
      to: { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] },
    },
    required: ['id', 'amount', 'currency'],
    $defs: { tag: { type: 'string' } },
  },
} satisfies Record<string, OperationParams>

const all = Object.entries<OperationParams>(kinds)

async function callOf(params: OperationParams, inputs: readonly unknown[]) {
  await using emulator = await testEmulator()
  await using api = await startRecordingApi()
  const client = testClient(emulator, {
    resources: [{ baseUrl: api.baseUrl, methods: ['GET', 'POST'] }],
  })
  const tool = defineOperation(client, { ...base, params })
  const outcomes = []
  for (const input of inputs) outcomes.push(await tool.execute(input))
  return { tool, outcomes, requests: api.requests }
}

const fit = { id: '7', amount: 5, currency: 'eur' }

describe.each(all)('parameters that are described with %s', (kind, params) => {
  it('are sent where they belong', async () => {
    const input = { ...fit, tags: ['a', 'b'], to: { name: 'Ann' } }
    const { outcomes, requests } = await callOf(params, [input])
    expect(outcomes).toMatchObject([{ ok: true }])
    expect(requests[0]?.url).toBe('/accounts/7/payments')
    const { id: _, ...body } = input
    expect(JSON.parse(requests[0]?.body ?? '')).toEqual(body)
  })

  it.each<[string, object]>([
    ['a field that is not described', { ...fit, approve: true }],
    ['a field that is not described, inside', { ...fit, to: { name: 'Ann', iban: 'x' } }],
    [
      'a name of the prototype',
      JSON.parse('{"id":"7","amount":5,"currency":"eur","__proto__":{"a":1}}'),
    ],
    ['the name constructor', { ...fit, constructor: { a: 1 } }],
    ['a missing field', { id: '7', amount: 5 }],
    ['a text in place of a number', { ...fit, amount: '5' }],
    ['a number below the limit', { ...fit, amount: 0 }],
    ['a fraction in place of a whole number', { ...fit, amount: 1.5 }],
    ['a value that is not listed', { ...fit, currency: 'gbp' }],
    ['null in place of a list', { ...fit, tags: null }],
    ['a list with another type', { ...fit, tags: [1] }],
    ['a list in place of the object', [fit]],
  ])('refuse %s, and nothing is sent', async (_what, input) => {
    const { outcomes, requests } = await callOf(params, [input])
    expect(outcomes).toMatchObject([{ ok: false, code: 'invalid_input' }])
    expect(requests).toEqual([])
  })

  it('show a provider a closed object with the same fields', () => {
    const { inputJsonSchema, inputSchema } = defineOperation(undefined, { ...base, params })
    const schema = inputJsonSchema as { properties: object; required: string[] }
    expect(schema).toMatchObject({ type: 'object', additionalProperties: false })
    expect(schema).not.toHaveProperty('$schema')
    expect(Object.keys(schema.properties)).toEqual(
      Object.keys(z.toJSONSchema(inputSchema).properties ?? {}),
    )
    expect(Object.keys(schema.properties).sort()).toEqual([
      'amount',
      'currency',
      'id',
      'tags',
      'to',
    ])
    expect(schema.required.toSorted()).toEqual(['amount', 'currency', 'id'])
    expect(schema).toMatchObject({ properties: { amount: { type: 'integer' } } })
    if (kind !== 'zod') expect(JSON.stringify(schema)).not.toMatch(/minimum|pattern|\$ref/)
  })

  it('refuse a path parameter that they do not have, or that may be missing', () => {
    for (const path of ['accounts/{other}', 'accounts/{tags}']) {
      const error = thrown(() => defineOperation(undefined, { ...base, path, params }))
      expect(error).toMatchObject({ name: 'ConfigError' })
    }
  })
})

describe('a validator', () => {
  const standard = (
    validate: (value: unknown) => unknown,
    properties: object = { id: { type: 'string' } },
  ) =>
    ({
      '~standard': {
        version: 1,
        vendor: 'own',
        validate,
        jsonSchema: { input: () => ({ type: 'object', properties, required: ['id'] }) },
      },
    }) as unknown as OperationParams

  it('may change values, once', async () => {
    const { outcomes, requests } = await callOf(
      toStandardJsonSchema(
        v.object({
          id: v.pipe(
            v.string(),
            v.transform((text) => text.toUpperCase()),
          ),
          cents: v.pipe(
            v.string(),
            v.regex(/^\d+$/, 'is not lucky'),
            v.transform((text) => Number(text) * 100),
          ),
        }),
      ),
      [
        { id: 'a', cents: '5' },
        { id: 'a', cents: 'xiii' },
      ],
    )
    expect(outcomes).toMatchObject([{ ok: true }, { ok: false, code: 'invalid_input' }])
    expect(JSON.stringify(outcomes[1])).toContain('cents: is not lucky')
    expect(requests.map(({ url, body }) => [url, body])).toEqual([
      ['/accounts/A/payments', '{"cents":500}'],
    ])
  })

  it('is waited for', async () => {
    const params = standard(async (value) => {
      await new Promise((resolve) => setTimeout(resolve, 5))
      return Object(value).id === 'no' ? { issues: [{ message: 'is no' }] } : { value }
    })
    const { outcomes, requests } = await callOf(params, [{ id: 'no' }, { id: 'yes' }])
    expect(outcomes).toMatchObject([{ code: 'invalid_input' }, { ok: true }])
    expect(requests).toHaveLength(1)
  })

  it('gives a parameter its default', async () => {
    const { requests } = await callOf(type({ id: 'string', amount: 'number = 5' }), [{ id: '1' }])
    expect(requests[0]?.body).toBe('{"amount":5}')
  })

  it.each<[string, unknown]>([
    ['a name that is no parameter', { id: '1', admin: true }],
    ['a name of the prototype', JSON.parse('{"id":"1","__proto__":{"admin":true}}')],
    ['a list', ['1']],
    ['a text', 'id'],
    ['nothing', undefined],
  ])('that makes %s of the values is a mistake of the program', async (_what, value) => {
    const params = standard(() => ({ value }))
    await expect(callOf(params, [{ id: '1' }])).rejects.toMatchObject({
      name: 'ConfigError',
      code: 'config_invalid',
    })
  })

  it('that throws is a mistake of the program', async () => {
    const params = standard(() => {
      throw new TypeError('oops')
    })
    await expect(callOf(params, [{ id: '1' }])).rejects.toThrow('oops')
  })

  it('sees no value that does not fit the schema', async () => {
    const seen: unknown[] = []
    const params = standard((value) => {
      seen.push(value)
      return { value }
    })
    await callOf(params, [{ id: 1 }, { id: '1', more: 1 }, {}, { id: '2' }])
    expect(seen).toEqual([{ id: '2' }])
  })

  it('has its problems told with their places, whatever the form of the path', async () => {
    const issues = [
      { message: 'one', path: ['id'] },
      { message: 'two', path: [{ key: 'id' }, { key: 0 }] },
      { message: 'three' },
    ]
    const { outcomes } = await callOf(
      standard(() => ({ issues })),
      [{ id: '1' }],
    )
    expect(outcomes).toMatchObject([
      { message: expect.stringContaining('id: one; id.0: two; three') },
    ])
  })

  it('that does not describe an object of parameters is refused', () => {
    const refused: unknown[] = [
      type('string'),
      type({ id: 'unknown' }),
      type({ id: 'Date' }),
      type({ id: ['string', 'number'] }),
      type({ id: 'string' }).or({ name: 'string' }),
      type({ '[string]': 'string' }),
      type({ id: 'string', '[/^x-/]': 'string' }),
      v.object({ id: v.string() }),
      toStandardJsonSchema(v.object({ id: v.date() })),
      toStandardJsonSchema(v.objectWithRest({ id: v.string() }, v.number())),
      toStandardJsonSchema(v.object({ id: v.tuple([v.string()]) })),
      toStandardJsonSchema(v.array(v.string())),
      z.string(),
      z.record(z.string(), z.string()),
      z.union([z.object({ id: z.string() }), z.object({ name: z.string() })]),
      standard(() => ({}), { id: {} }),
      { '~standard': { version: 1, vendor: 'x', validate: () => ({}), jsonSchema: {} } },
      { '~standard': null },
    ]
    for (const params of refused) {
      const error = thrown(() =>
        defineOperation(undefined, { ...base, path: 'x', params } as never),
      )
      expect(error).toMatchObject({ name: 'ConfigError', hint: expect.stringMatching(/\w/) })
    }
  })
})

describe('a check of a path parameter that waits and fails', () => {
  const failing = async (): Promise<boolean> => {
    await Promise.resolve()
    throw new Error('The database is away.')
  }
  it.each<[string, z.ZodType]>([
    ['a refinement', z.string().nullish().refine(failing)],
    ['a transform', z.string().nullish().transform(failing)],
    ['a refinement of any value', z.any().refine(failing)],
  ])('(%s) does not end the process where the operation is defined', async (_what, id) => {
    const rejected: unknown[] = []
    const note = (error: unknown): void => void rejected.push(error)
    process.on('unhandledRejection', note)
    try {
      const options = { name: 'show', description: 'Shows.', path: 'accounts/{id}' }
      expect(() =>
        defineOperation(undefined, { ...options, params: z.object({ id }) }),
      ).not.toThrow()
      await new Promise((resolve) => setTimeout(resolve, 10))
    } finally {
      process.off('unhandledRejection', note)
    }
    expect(rejected).toEqual([])
  })
})

describe('a parameter that is `readOnly`', () => {
  it.each<[string, Record<string, unknown>]>([
    ['required', { required: ['id'] }],
    ['optional', {}],
    ['required beside others', { required: ['id', 'name'] }],
  ])('(%s) is one all the same, for a validator whose schema is no answer', async (_what, more) => {
    const properties = {
      id: { type: 'string', readOnly: true },
      name: { type: 'string' },
    }
    const params = {
      '~standard': {
        version: 1,
        vendor: 'own',
        validate: (value: unknown) => ({ value }),
        jsonSchema: { input: () => ({ type: 'object', properties, ...more }) },
      },
    } satisfies OperationParams
    const tool = defineOperation(undefined, { name: 'a', description: 'A.', path: 'a', params })
    expect(tool.inputJsonSchema).toMatchObject({ properties: { id: { type: 'string' } }, ...more })
  })
})

describe('a pattern in JSON Schema', () => {
  it.each<[string, Record<string, unknown>, string]>([
    ['a text that is too long', { maxLength: 20 }, `${'a'.repeat(60)}!`],
    ['a text that is too short', { minLength: 100 }, `${'a'.repeat(60)}!`],
    ['a text of another format', { format: 'uuid' }, `${'a'.repeat(60)}!`],
  ])('is not tried on %s', async (_what, limits, id) => {
    const id_ = { type: 'string', pattern: '^(a|a)+$', ...limits }
    const params = { type: 'object', properties: { id: id_ }, required: ['id'] }
    await using emulator = await testEmulator()
    const client = testClient(emulator, { resources: [{ baseUrl: 'https://api.example.com' }] })
    const tool = defineOperation(client, { name: 'a', description: 'A.', path: 'a', params })
    expect(await tool.execute({ id })).toMatchObject({ ok: false, code: 'invalid_input' })
  })
})

describe('a validator that does not end', () => {
  const never = <T>(): Promise<T> => new Promise<T>(() => undefined)
  const described = { type: 'object', properties: { id: { type: 'string' } }, required: ['id'] }
  const params = {
    'a Standard Schema': {
      '~standard': {
        version: 1,
        vendor: 'own',
        validate: () => never<never>(),
        jsonSchema: { input: () => described },
      },
    },
    'a refinement of a value': z.object({ id: z.string().refine(() => never<boolean>()) }),
    'a refinement of the object': z.object({ id: z.string() }).refine(() => never<boolean>()),
    'a transform': z.object({ id: z.string().transform(() => never<string>()) }),
  } satisfies Record<string, OperationParams>
  const options = { name: 'show', description: 'Shows.', path: 'accounts' }

  it.each(Object.entries<OperationParams>(params))(
    '(%s) ends with the signal of the call',
    async (_kind, own) => {
      await using emulator = await testEmulator()
      await using api = await startRecordingApi()
      const client = testClient(emulator, { resources: [{ baseUrl: api.baseUrl }] })
      const tool = defineOperation(client, { ...options, params: own })
      const calls = [tool.execute, tool.plan, tool.ask].map((call) => {
        const controller = new AbortController()
        setTimeout(() => controller.abort(new Error('The user left.')), 20)
        return call({ id: '1' }, { signal: controller.signal })
      })
      for (const call of calls) await expect(call).rejects.toThrow('The user left.')
      expect(api.requests).toEqual([])
    },
  )

  it.each(Object.entries<OperationParams>(params))(
    '(%s) is a mistake of the program after 30 s',
    async (_kind, own) => {
      await using emulator = await testEmulator()
      await using api = await startRecordingApi()
      const client = testClient(emulator, { resources: [{ baseUrl: api.baseUrl }] })
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
      try {
        const call = defineOperation(client, { ...options, params: own }).execute({ id: '1' })
        const failed = expect(call).rejects.toMatchObject({
          name: 'ConfigError',
          message: expect.stringContaining('show'),
        })
        await vi.advanceTimersByTimeAsync(30_000)
        await failed
      } finally {
        vi.useRealTimers()
      }
      expect(api.requests).toEqual([])
    },
  )
})

describe('JSON Schema as parameters', () => {
  const of = (properties: object, more: object = {}) =>
    ({ type: 'object', properties, ...more }) as OperationParams
  const define = (params: OperationParams) =>
    defineOperation(undefined, { ...base, path: 'x', params })

  it.each<[string, OperationParams]>([
    ['a keyword that is misspelt', of({ id: { type: 'string', maxlength: 3 } })],
    ['a keyword that has no form', of({ id: { type: 'number', multipleOf: 5 } })],
    ['a keyword of another type', of({ id: { type: 'string', minimum: 3 } })],
    ['not', of({ id: { type: 'string', not: { const: 'x' } } })],
    ['if', of({ id: { type: 'string' } }, { if: {}, else: {} })],
    ['patternProperties', of({}, { patternProperties: { '^x': { type: 'string' } } })],
    ['further fields', of({ id: { type: 'string' } }, { additionalProperties: true })],
    [
      'further fields inside',
      of({ to: of({ id: { type: 'string' } }, { additionalProperties: {} }) }),
    ],
    ['further fields beside none', of({}, { additionalProperties: { type: 'string' } })],
    ['a type that is missing', of({ id: { description: 'An ID.' } })],
    ['a type that is unknown', of({ id: { type: 'text' } })],
    ['a field without a schema', of({ id: true })],
    ['a tuple', of({ id: { type: 'array', items: [{ type: 'string' }] } })],
    ['oneOf of types', of({ id: { oneOf: [{ type: 'string' }, { type: 'number' }] } })],
    ['allOf', of({ id: { allOf: [{ type: 'string' }, { minLength: 3 }] } })],
    ['a limit beside listed values', of({ id: { enum: ['a', 'b'], maxLength: 1 } })],
    ['listed values of another type', of({ id: { type: 'string', enum: [1, 2] } })],
    [
      'a limit beside a reference',
      of({ id: { $ref: '#/$defs/a', minLength: 1 } }, { $defs: { a: { type: 'string' } } }),
    ],
    [
      'a limit in a chain of references',
      of(
        { id: { $ref: '#/$defs/a' } },
        { $defs: { a: { $ref: '#/$defs/b', maxLength: 1 }, b: { type: 'string' } } },
      ),
    ],
    ['a cycle', of({ id: { $ref: '#' } })],
    ['a reference to elsewhere', of({ id: { $ref: 'https://example.com/schema.json' } })],
    ['a reference to nothing', of({ id: { $ref: '#/$defs/none' } })],
    [
      'a required field that is not described',
      of({ id: { type: 'string' } }, { required: ['name'] }),
    ],
    ['a pattern that is none', of({ id: { type: 'string', pattern: '(' } })],
    ['a format that is unknown', of({ id: { type: 'string', format: 'iban' } })],
    ['a default that does not fit', of({ id: { type: 'string', default: 5 } })],
    ['a limit that is a text', of({ id: { type: 'string', maxLength: '3' } })],
    ['a field of answers', of({ id: { type: 'string', readOnly: true } })],
    ['nullable of OpenAPI', of({ id: { type: 'string', nullable: true } })],
    ['the name __proto__', of(JSON.parse('{"__proto__":{"type":"string"}}'))],
    ['the name constructor', of({ constructor: { type: 'string' } })],
    ['a nullable object', { type: ['object', 'null'], properties: {} } as never],
    ['a value that is no JSON', of({ id: { type: 'number', maximum: 5n } })],
  ])('with %s is refused where it is defined', (_what, params) => {
    expect(thrown(() => define(params))).toMatchObject({
      name: 'ConfigError',
      code: 'config_invalid',
      hint: expect.stringMatching(/\w/),
    })
  })

  it.each<[string, object, unknown, unknown]>([
    ['a pattern', { type: 'string', pattern: '^[a-z]+$' }, 'abc', 'ABC'],
    ['a length', { type: 'string', minLength: 2, maxLength: 3 }, 'ab', 'abcd'],
    ['a format', { type: 'string', format: 'date' }, '2026-11-27', '27.11.2026'],
    ['an address', { type: 'string', format: 'email' }, 'a@example.com', 'a@'],
    ['an exclusive limit', { type: 'number', exclusiveMinimum: 0 }, 0.1, 0],
    ['a list', { type: 'array', items: { type: 'string' }, maxItems: 2 }, ['a'], ['a', 'b', 'c']],
    ['a constant', { const: 'a' }, 'a', 'b'],
    ['null', { type: ['string', 'null'] }, null, 5],
    ['alternatives', { anyOf: [{ type: 'string' }, { type: 'boolean' }] }, true, 5],
    [
      'named values',
      { type: 'object', additionalProperties: { type: 'number' } },
      { a: 1 },
      { a: 'x' },
    ],
  ])('checks %s', async (_what, schema, right, wrong) => {
    const params = of({ id: { type: 'string' }, value: schema }, { required: ['id'] })
    const { outcomes, requests } = await callOf(params, [
      { id: '1', value: right },
      { id: '1', value: wrong },
    ])
    expect(outcomes).toMatchObject([{ ok: true }, { code: 'invalid_input' }])
    expect(requests).toHaveLength(1)
  })

  it('sends a default, and shows it', async () => {
    const params = of(
      { id: { type: 'string' }, amount: { type: 'number', default: 5 } },
      { required: ['id'] },
    )
    const { requests, tool } = await callOf(params, [{ id: '1' }])
    expect(requests[0]?.body).toBe('{"amount":5}')
    expect(tool.inputJsonSchema).toMatchObject({
      properties: { amount: { default: 5 } },
      required: ['id'],
    })
  })

  it('does not follow later changes of the object', async () => {
    const properties: Record<string, object> = { id: { type: 'string' } }
    const tool = define(of(properties))
    properties['admin'] = { type: 'boolean' }
    expect(JSON.stringify(tool.inputJsonSchema)).not.toContain('admin')
  })

  it('may have no fields', () => {
    expect(() => define({ type: 'object' })).not.toThrow()
    expect(() => define(of({}, { additionalProperties: false }))).not.toThrow()
  })
})

describe('the type of an input', () => {
  it('is that of the schema', () => {
    const options = { ...base, path: 'x' }
    expectTypeOf(defineOperation(undefined, { ...options, params: kinds.arktype })).toEqualTypeOf<
      AgentTool<typeof kinds.arktype.inferIn>
    >()
    const ofValibot = defineOperation(undefined, { ...options, params: kinds.valibot })
    expectTypeOf(ofValibot).toEqualTypeOf<
      AgentTool<{
        id: string
        amount: number
        currency: 'eur' | 'usd'
        tags?: string[] | undefined
        to?: { name: string } | undefined
      }>
    >()
    const ofZod = defineOperation(undefined, { ...options, params: kinds.zod })
    expectTypeOf(ofZod).toEqualTypeOf<AgentTool<z.infer<typeof kinds.zod>>>()
    const ofJson = defineOperation(undefined, { ...options, params: kinds['JSON Schema'] })
    expectTypeOf(ofJson).toEqualTypeOf<AgentTool<Record<string, unknown>>>()
  })
})
