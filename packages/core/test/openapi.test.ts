import { createHash } from 'node:crypto'
import { startRecordingApi, testClient, testEmulator, thrown } from '@authsec-internal/test-kit'
import { describe, expect, it } from 'vitest'
import { type OpenApiOptions, operationsFromOpenApi } from '../src/openapi.ts'
import { defineOperation } from '../src/tool.ts'
import { bodyOf, convertOne, documentOf } from './support/openapi-document.ts'

const inQuery = (schema: object, more: object = {}): object => ({
  operationId: 'get_thing',
  parameters: [{ name: 'q', in: 'query', required: true, schema, ...more }],
})

/** The JSON Schema that a model sees of the only field of a body. */
function fieldOf(schema: object, version?: string): unknown {
  const where = { method: 'post', ...(version !== undefined && { version }) }
  const { operations, refused } = convertOne(bodyOf(schema), where)
  const [operation] = operations
  if (!operation) return refused[0]?.reason
  const { properties }: { properties?: unknown } = Object(
    defineOperation(undefined, operation).inputJsonSchema,
  )
  return Object(properties).field
}

/** Whether the only field of a body takes a value. */
function takes(schema: object, value: unknown, version?: string): boolean {
  const where = { method: 'post', ...(version !== undefined && { version }) }
  const [operation] = convertOne(bodyOf(schema), where).operations
  return operation?.params.safeParse({ field: value }).success ?? false
}

describe('a schema of OpenAPI', () => {
  it.each<[string, object, unknown]>([
    ['a text', { type: 'string' }, { type: 'string' }],
    ['a whole number', { type: 'integer' }, { type: 'integer' }],
    ['an enumeration', { enum: ['a', 'b'] }, { type: 'string', enum: ['a', 'b'] }],
    ['an enumeration of numbers', { enum: [1, 2] }, { type: 'integer', enum: [1, 2] }],
    ['a constant', { const: 'a' }, { type: 'string', enum: ['a'] }],
    ['constants', { oneOf: [{ const: 1 }, { const: 2 }] }, { type: 'integer', enum: [1, 2] }],
    [
      'an enumeration narrowed by allOf',
      { type: 'string', enum: ['b'], allOf: [{ enum: ['a', 'b'] }] },
      { type: 'string', enum: ['b'] },
    ],
    [
      'a list',
      { type: 'array', items: { type: 'number' } },
      { type: 'array', items: { type: 'number' } },
    ],
    ['null or a text', { type: ['string', 'null'] }, { type: ['string', 'null'] }],
    [
      'a description',
      { type: 'string', description: 'Which\u202e\n one', minLength: 2, maxLength: 9 },
      { type: 'string', description: 'Which one. At least 2 characters. At most 9 characters.' },
    ],
    ['a default', { type: 'integer', default: 3 }, { type: 'integer', default: 3 }],
    ['a default that does not fit', { type: 'integer', default: 'x' }, { type: 'integer' }],
    ['a format', { type: 'string', format: 'date-time' }, { type: 'string', format: 'date-time' }],
    [
      'an object',
      {
        type: 'object',
        required: ['a'],
        properties: { a: { type: 'string' }, b: { type: 'boolean' } },
      },
      {
        type: 'object',
        properties: { a: { type: 'string' }, b: { type: 'boolean' } },
        required: ['a'],
        additionalProperties: false,
      },
    ],
    [
      'a record',
      { type: 'object', additionalProperties: { type: 'number' } },
      { type: 'object', additionalProperties: { type: 'number' } },
    ],
    [
      'objects put together',
      {
        allOf: [
          { type: 'object', required: ['a'], properties: { a: { type: 'string' } } },
          { properties: { b: { type: 'string' } } },
        ],
      },
      {
        type: 'object',
        properties: { a: { type: 'string' }, b: { type: 'string' } },
        required: ['a'],
        additionalProperties: false,
      },
    ],
    [
      'alternatives',
      { anyOf: [{ type: 'string' }, { type: 'number' }] },
      { type: ['string', 'number'] },
    ],
  ])('that is %s is shown to the model', (_what, schema, shown) => {
    expect(fieldOf(schema)).toEqual(shown)
  })

  it('of 3.0 may be nullable', () => {
    expect(fieldOf({ type: 'string', nullable: true }, '3.0.3')).toEqual({
      type: ['string', 'null'],
    })
    expect(fieldOf({ type: 'string', nullable: true })).toEqual({ type: 'string' })
  })

  it.each<[string, object, unknown, unknown, string?]>([
    ['minimum', { type: 'number', minimum: 2 }, 2, 1],
    ['maximum', { type: 'integer', maximum: 2 }, 2, 3],
    ['exclusiveMinimum of 3.1', { type: 'number', exclusiveMinimum: 2 }, 2.1, 2],
    [
      'exclusiveMaximum of 3.0',
      { type: 'number', maximum: 2, exclusiveMaximum: true },
      1,
      2,
      '3.0.0',
    ],
    ['maxLength', { type: 'string', maxLength: 2 }, '😀😀', 'abc'],
    ['minLength', { type: 'string', minLength: 1 }, 'a', ''],
    ['maxItems', { type: 'array', maxItems: 1, items: { type: 'string' } }, ['a'], ['a', 'b']],
    ['a whole number', { type: 'integer' }, 1, 1.5],
    ['an enumeration of numbers', { enum: [1, 2] }, 2, 3],
    ['an enumeration of booleans', { enum: [true] }, true, false],
    [
      'closed objects',
      { type: 'object', properties: { a: { type: 'string' } } },
      { a: 'x' },
      { b: 'x' },
    ],
  ])('is checked: %s', (_what, schema, right, wrong, version) => {
    expect(takes(schema, right, version)).toBe(true)
    expect(takes(schema, wrong, version)).toBe(false)
  })

  it.each<[object, unknown, string]>([
    [{ type: 'number', minimum: 0.5 }, 0, 'must be a number, at least 0.5'],
    [{ type: 'number', maximum: 1.25 }, 2, 'must be a number, at most 1.25'],
    [{ type: 'number', exclusiveMinimum: 0.01 }, 0, 'must be a number, more than 0.01'],
    [{ type: 'number', exclusiveMaximum: -1.5 }, 0, 'must be a number, less than -1.5'],
    [
      { type: 'integer', minimum: 1, maximum: 5 },
      9,
      'must be a whole number, at least 1, at most 5',
    ],
    [
      { type: 'string', minLength: 2, maxLength: 3 },
      '',
      'must have at least 2 characters at most 3 characters',
    ],
    [{ type: 'string', minLength: 1.5 }, '', 'must have at least 1.5 characters'],
  ])('tells a model its limits as they are: %j', (schema, value, message) => {
    const [operation] = convertOne(bodyOf(schema), { method: 'post' }).operations
    expect(operation?.params.safeParse({ field: value }).error?.issues[0]?.message).toBe(message)
  })

  it.each<[string, object, string]>([
    ['without a type', {}, 'untyped'],
    ['of any object', { type: 'object' }, 'untyped'],
    ['of a list of anything', { type: 'array' }, 'untyped'],
    ['that is true', { type: 'array', items: true }, 'untyped'],
    ['with not', { not: { type: 'string' } }, 'unsupported_schema'],
    ['with if', JSON.parse('{"type":"string","if":{},"then":{}}'), 'unsupported_schema'],
    ['with patternProperties', { type: 'object', patternProperties: {} }, 'unsupported_schema'],
    ['with prefixItems', { type: 'array', prefixItems: [] }, 'unsupported_schema'],
    ['of mixed constants', { enum: ['a', 1] }, 'unsupported_schema'],
    ['of no constants', { enum: [] }, 'unsupported_schema'],
    ['with a constant nobody sees', { enum: ['a\u200bb'] }, 'unsupported_schema'],
    ['of bytes', { type: 'string', format: 'binary' }, 'unsupported_schema'],
    ['of an unknown type', { type: 'date' }, 'malformed'],
    ['with a name providers refuse', requiring('a b'), 'name_unusable'],
    ['with a name every object has', requiring('constructor'), 'name_unusable'],
    [
      'that changes prototypes',
      JSON.parse(
        '{"type":"object","required":["__proto__"],"properties":{"__proto__":{"type":"string"}}}',
      ),
      'name_unusable',
    ],
  ])('%s is refused with its reason', (_what, schema, reason) => {
    expect(fieldOf(schema)).toBe(reason)
  })

  function requiring(name: string): object {
    return { type: 'object', required: [name], properties: { [name]: { type: 'string' } } }
  }

  it('leaves out an optional property that has no form, and tells where it stands', () => {
    const schema = {
      type: 'object',
      properties: {
        good: { type: 'string' },
        bad: { not: {} },
        own: { type: 'string', readOnly: true },
        part: { allOf: [{ type: 'string', readOnly: true }] },
        beside: { allOf: [{ type: 'string' }], readOnly: true },
        deep: { allOf: [{ allOf: [{ type: 'string' }, { readOnly: true }] }] },
      },
    }
    const { operations, refused } = convertOne(bodyOf(schema), { method: 'post' })
    const [operation] = operations
    expect(operation?.params.safeParse({ field: { good: 'a' } }).success).toBe(true)
    for (const name of ['own', 'part', 'beside', 'deep']) {
      expect(operation?.params.safeParse({ field: { [name]: 'a' } }).success).toBe(false)
    }
    expect(refused).toEqual([
      {
        part: 'parameter',
        operation: 'send_thing',
        pointer:
          '#/paths/~1things/post/requestBody/content/application~1json/schema/properties/field/properties/bad/not',
        reason: 'unsupported_schema',
        message: 'The keyword not is not supported.',
        hint: expect.stringMatching(/\w/),
      },
    ])
  })
})

describe('a reference', () => {
  const withSchemas = (schemas: object, ref = '#/components/schemas/A'): unknown => {
    const more = { components: { schemas } }
    const { operations, refused } = convertOne(bodyOf({ $ref: ref }), { method: 'post', more })
    return operations.length === 1 ? 'expressed' : `${refused[0]?.reason} ${refused[0]?.pointer}`
  }

  it('within the document is followed', () => {
    expect(
      withSchemas({ A: { $ref: '#/components/schemas/B%20b~1c' }, 'B b/c': { type: 'string' } }),
    ).toBe('expressed')
  })

  it.each<[string, object, string | undefined, string]>([
    ['to the web', {}, 'https://evil.test/a.json#/A', 'remote_ref'],
    ['to a file', {}, './other.json', 'remote_ref'],
    ['to a file by URL', {}, 'file:///etc/passwd', 'remote_ref'],
    ['without a slash', {}, 'A', 'remote_ref'],
    ['to an anchor', {}, '#A', 'remote_ref'],
    ['to nothing', {}, undefined, 'missing_ref'],
    ['to what every object has', {}, '#/components/schemas/constructor', 'missing_ref'],
    ['to a prototype', {}, '#/__proto__/polluted', 'missing_ref'],
    ['to itself', { A: { $ref: '#/components/schemas/A' } }, undefined, 'cyclic_ref'],
    [
      'that comes back through a required property',
      {
        A: {
          type: 'object',
          required: ['a'],
          properties: { a: { $ref: '#/components/schemas/A' } },
        },
      },
      undefined,
      'cyclic_ref',
    ],
    [
      'that comes back through a list',
      {
        A: { type: 'array', items: { $ref: '#/components/schemas/B' } },
        B: { $ref: '#/components/schemas/A' },
      },
      undefined,
      'cyclic_ref',
    ],
    [
      'that comes back through allOf',
      { A: { allOf: [{ $ref: '#/components/schemas/A' }] } },
      undefined,
      'cyclic_ref',
    ],
  ])('%s is refused with its place', (_what, schemas, ref, reason) => {
    expect(withSchemas(schemas, ref)).toMatch(new RegExp(`^${reason} #/.*\\$ref$`))
  })

  it('that comes back through an optional property is cut there', () => {
    const A = {
      type: 'object',
      properties: { name: { type: 'string' }, child: { $ref: '#/components/schemas/A' } },
    }
    expect(withSchemas({ A })).toBe('expressed')
  })

  it('that is used twice is no cycle', () => {
    const A = {
      allOf: [
        { $ref: '#/components/schemas/B' },
        { properties: { other: { $ref: '#/components/schemas/B' } } },
      ],
    }
    const B = { type: 'object', properties: { name: { type: 'string' } } }
    expect(withSchemas({ A, B })).toBe('expressed')
  })
})

describe('a parameter', () => {
  const reasonFor = (operation: object, options: OpenApiOptions = {}, where = {}): unknown => {
    const { operations, refused } = convertOne(operation, where, options)
    const [first] = refused
    return operations.length === 1 ? (first?.reason ?? 'expressed') : `refused: ${first?.reason}`
  }
  const header = (name: string, required = false): object => ({
    operationId: 'get_thing',
    parameters: [{ name, in: 'header', required, schema: { type: 'string' } }],
  })

  it.each<[string, object, string]>([
    ['a list in the query', inQuery({ type: 'array', items: { type: 'string' } }), 'expressed'],
    [
      'a list joined by commas',
      inQuery({ type: 'array', items: { type: 'string' } }, { explode: false }),
      'refused: parameter_style',
    ],
    [
      'an object in the query',
      inQuery({ type: 'object', properties: { a: { type: 'string' } } }),
      'refused: parameter_style',
    ],
    [
      'a list of lists',
      inQuery({ type: 'array', items: { type: 'array', items: { type: 'string' } } }),
      'refused: parameter_style',
    ],
    [
      'deepObject',
      inQuery({ type: 'string' }, { style: 'deepObject' }),
      'refused: parameter_style',
    ],
    [
      'JSON in the query',
      { parameters: [{ name: 'q', in: 'query', required: true, content: {} }] },
      'refused: parameter_style',
    ],
    [
      'a reserved query name',
      { parameters: [{ name: 'access_token', in: 'query', schema: { type: 'string' } }] },
      'query_reserved',
    ],
    [
      'a required reserved query name',
      { parameters: [{ name: 'Token', in: 'query', required: true, schema: { type: 'string' } }] },
      'refused: query_reserved',
    ],
    [
      'a cookie',
      { parameters: [{ name: 'sid', in: 'cookie', schema: { type: 'string' } }] },
      'cookie_parameter',
    ],
    [
      'a required cookie',
      { parameters: [{ name: 'sid', in: 'cookie', required: true, schema: { type: 'string' } }] },
      'refused: cookie_parameter',
    ],
    [
      'an unknown place',
      { parameters: [{ name: 'sid', in: 'body', required: true, schema: { type: 'string' } }] },
      'refused: malformed',
    ],
    ['a header', header('x-version'), 'header_not_listed'],
    ['a required header', header('x-version', true), 'refused: header_not_listed'],
    ['Authorization, which says nothing', header('Authorization', true), 'header_reserved'],
    ['Accept, which says nothing', header('Accept', true), 'header_reserved'],
    ['an API key', header('X-API-Key', true), 'refused: header_reserved'],
    ['Idempotency-Key', header('Idempotency-Key'), 'header_reserved'],
    ['Host', header('Host', true), 'refused: header_reserved'],
  ])('that is %s', (_what, operation, reason) => {
    expect(reasonFor(operation)).toBe(reason)
  })

  it('that is a header is expressed when it is listed, unless it carries a credential', () => {
    expect(reasonFor(header('X-Version', true), { headers: ['x-version'] })).toBe('expressed')
    for (const name of ['Authorization', 'Cookie', 'X-Api-Key', 'x-auth-token']) {
      expect(reasonFor(header(name), { headers: [name] })).toBe('header_reserved')
    }
  })

  const query = (name: string): object => ({
    operationId: 'get_thing',
    parameters: [{ name, in: 'query', schema: { type: 'string' } }],
  })

  it.each([
    ...[
      'api_key',
      'apikey',
      'password',
      'sig',
      'client_secret',
      'X-Amz-Security-Token',
      'impersonate',
    ],
    ...[
      'Authorization',
      'access.token',
      ' access_token',
      'access_token[]',
      'access[token]',
      'client.id',
    ],
    ...[
      'X-Goog-Signature',
      'private_key',
      'api key',
      'sessionToken',
      'on_behalf_of',
      'refresh_token',
    ],
  ])('that a model never has to give is left out of the query: %j', (name) => {
    expect(reasonFor(query(name))).toBe('query_reserved')
  })

  it.each([
    'pageToken',
    'next_token',
    'continuation-token',
    'author',
    'key',
    'q.name',
    'design',
    'filter[id]',
  ])('that is no credential stays in the query: %j', (name) => {
    expect(reasonFor(query(name))).toBe('expressed')
  })

  it.each([
    ...[
      'X-Remote-User',
      'Remote-User',
      'X-Client-Cert',
      'X-SSL-Client-DN',
      'X-MS-Client-Principal',
    ],
    ...['X-Amzn-Oidc-Identity', 'X-Amzn-Oidc-Data', 'True-Client-IP', 'CF-Connecting-IP', 'DPoP'],
    ...[
      'X-JWT',
      'X-JWT-Claims',
      'X-Override-Method',
      'Via',
      'Origin',
      'Referer',
      'X-Original-Host',
    ],
    ...['X-Original-Method', 'Client-Cert', 'X-SAML', 'X-Goog-IAP-User', 'X-Cluster-Client-IP'],
  ])('that a gateway writes is not listed for a model: %s', (name) => {
    expect(reasonFor(header(name), { headers: [name] })).toBe('header_reserved')
  })

  it.each([
    'X-Tenant-Id',
    'Range',
    'X-Client-Version',
    'If-Match',
    'Accept-Language',
    'X-Origin-Country',
  ])('that is plain data may be listed: %s', (name) => {
    expect(reasonFor(header(name), { headers: [name] })).toBe('expressed')
  })

  it.each(['x'.repeat(65), 'y'.repeat(128), `a[${'z'.repeat(70)}]`])(
    'that is optional and has too long a name is left out: %s',
    (name) => {
      expect(reasonFor(query(name))).toBe('name_unusable')
      const required = { name, in: 'query', required: true, schema: { type: 'string' } }
      expect(reasonFor({ parameters: [required] })).toBe('refused: name_unusable')
    },
  )

  it('gets a name that every provider takes, and is sent under its own', async () => {
    const operation = {
      operationId: 'repos/list-for.org',
      parameters: [
        { name: 'page[size]', in: 'query', schema: { type: 'integer' } },
        { name: '2fa', in: 'query', schema: { type: 'boolean' } },
        { name: 'constructor', in: 'query', schema: { type: 'string' } },
        { name: 'x-version', in: 'header', schema: { type: 'string' } },
      ],
    }
    const options = { headers: ['x-version'] }
    const { operations } = convertOne(
      {
        ...operation,
        parameters: [
          ...operation.parameters,
          { name: 'org-id', in: 'path', schema: { type: 'string' } },
        ],
      },
      { path: '/orgs/{org-id}/repos' },
      options,
    )
    await using emulator = await testEmulator()
    await using api = await startRecordingApi()
    const client = testClient(emulator, { resources: [{ baseUrl: api.baseUrl }] })
    const [tool] = operations.map((one) => defineOperation(client, one))
    expect(tool?.name).toBe('repos_list_for_org')
    const input = { org_id: 'a b', page_size: 2, _2fa: true, constructor_: 'c', x_version: '7' }
    expect(await tool?.execute(input)).toMatchObject({ ok: true })
    expect(await tool?.execute({ org_id: 'b' })).toMatchObject({ ok: true })
    expect(api.requests).toMatchObject([
      {
        url: '/orgs/a%20b/repos?page%5Bsize%5D=2&2fa=true&constructor=c',
        headers: { 'x-version': '7' },
      },
      { url: '/orgs/b/repos' },
    ])
  })

  it('of the path item is replaced by one of the operation', () => {
    const document = documentOf({
      operationId: 'get_thing',
      parameters: [{ name: 'q', in: 'query', schema: { type: 'boolean' } }],
    })
    const item = Object(document['paths'])['/things']
    item.parameters = [
      { name: 'q', in: 'query', schema: { type: 'string' } },
      { name: 'r', in: 'query', required: true, schema: { type: 'string' } },
    ]
    const [operation] = operationsFromOpenApi(document).operations
    expect(operation?.params.safeParse({ q: true, r: 'x' }).success).toBe(true)
    expect(operation?.params.safeParse({ q: 'true', r: 'x' }).success).toBe(false)
  })
})

describe('the body of an operation', () => {
  const reasonFor = (content: object, method = 'post', more: object = {}): unknown => {
    const operation = { operationId: 'x', requestBody: { content, ...more } }
    const { operations, refused } = convertOne(operation, { method })
    return operations[0]
      ? (refused[0]?.reason ?? operations[0].bodyParam ?? 'fields')
      : `refused: ${refused[0]?.reason}`
  }
  const text = { schema: { type: 'string' } }
  const object = { schema: { type: 'object', properties: { a: { type: 'string' } } } }

  it.each<[string, object, string, string]>([
    ['an object', { 'application/json': object }, 'post', 'fields'],
    ['an object with a charset', { 'application/json; charset=utf-8': object }, 'put', 'fields'],
    ['a text', { 'application/json': text }, 'post', 'body'],
    ['a form', { 'application/x-www-form-urlencoded': object }, 'post', 'fields'],
    ['a multipart form', { 'multipart/form-data; boundary=x': object }, 'patch', 'fields'],
    ['bytes', { 'application/octet-stream': text }, 'post', 'refused: body_not_json'],
    [
      'a form of one text',
      { 'application/x-www-form-urlencoded': text },
      'post',
      'refused: body_not_json',
    ],
    ['a form without a schema', { 'multipart/form-data': {} }, 'post', 'refused: body_not_json'],
    [
      'a patch of another type',
      { 'application/json-patch+json': object },
      'patch',
      'refused: body_not_json',
    ],
    ['without a schema', { 'application/json': {} }, 'post', 'refused: untyped'],
    ['for GET', { 'application/json': object }, 'get', 'body_not_allowed'],
    ['for DELETE', { 'application/json': object }, 'delete', 'body_not_allowed'],
  ])('that is %s', (_what, content, method, result) => {
    expect(reasonFor(content, method)).toBe(result)
  })

  it.each<[string, object, object, boolean]>([
    ['an object', { type: 'object', properties: { x: { type: 'string' } } }, {}, false],
    [
      'a list of objects',
      { type: 'array', items: { type: 'object', properties: { x: { type: 'string' } } } },
      {},
      false,
    ],
    ['a binary file', { type: 'string', format: 'binary' }, {}, false],
    ['a file by its media type', { type: 'string', contentMediaType: 'image/png' }, {}, false],
    ['a file in base64', { type: 'string', contentEncoding: 'base64' }, {}, false],
    [
      'a list of files',
      { type: 'array', items: { type: 'string', contentEncoding: 'base64' } },
      {},
      false,
    ],
    [
      'a file or nothing',
      { anyOf: [{ type: 'string', contentMediaType: 'image/png' }, { type: 'null' }] },
      {},
      false,
    ],
    [
      'a file that is described in parts',
      { allOf: [{ type: 'string' }, { contentMediaType: 'image/png' }] },
      {},
      false,
    ],
    [
      'a list in another style',
      { type: 'array', items: { type: 'string' } },
      { style: 'deepObject' },
      false,
    ],
    ['a list with commas', { type: 'array', items: { type: 'string' } }, { explode: false }, false],
    ['a part with a type', { type: 'string' }, { contentType: 'application/json' }, false],
    ['a text', { type: 'string' }, {}, true],
    [
      'a list of texts',
      { type: 'array', items: { type: 'string' } },
      { style: 'form', explode: true },
      true,
    ],
  ])(
    'that is a form with %s has the field only if it can be sent',
    (_what, field, encoding, isKept) => {
      const of = (required: string[]): object => ({
        'multipart/form-data': {
          schema: { type: 'object', properties: { a: { type: 'string' }, field }, required },
          encoding: { field: encoding },
        },
      })
      const { operations, refused } = convertOne(
        { operationId: 'x', requestBody: { content: of([]) } },
        { method: 'post' },
      )
      expect(operations[0]?.bodyType).toBe('multipart')
      expect(Object.keys(operations[0]?.params.shape ?? {})).toEqual(
        isKept ? ['a', 'field'] : ['a'],
      )
      expect(refused.map(({ part }) => part)).toEqual(isKept ? [] : ['parameter'])
      const needed = convertOne(
        { operationId: 'x', requestBody: { content: of(['field']) } },
        { method: 'post' },
      )
      expect(needed.operations).toHaveLength(isKept ? 1 : 0)
    },
  )

  it.each<[string, object]>([
    ['a file', { type: 'string', contentEncoding: 'base64' }],
    ['a list of files', { type: 'array', items: { type: 'string', contentMediaType: 'a/b' } }],
    ['a nested object', { type: 'object', properties: { x: { type: 'string' } } }],
  ])('that is a form in parts has no field that is %s', (_what, field) => {
    const described = { type: 'object', properties: { field } }
    const schema = { allOf: [described, { type: 'object', properties: { a: { type: 'string' } } }] }
    const { operations } = convertOne(
      { operationId: 'x', requestBody: { content: { 'multipart/form-data': { schema } } } },
      { method: 'post' },
    )
    expect(Object.keys(operations[0]?.params.shape ?? {})).toEqual(['a'])
  })

  it('that is a form is sent as one, and as JSON where it may be both', async () => {
    await using emulator = await testEmulator()
    await using api = await startRecordingApi()
    const client = testClient(emulator, {
      resources: [{ baseUrl: api.baseUrl, methods: ['POST'] }],
    })
    const form = { 'application/x-www-form-urlencoded': object }
    for (const content of [form, { ...form, 'application/json': object }]) {
      const document = convertOne(
        { operationId: 'x', requestBody: { content } },
        { method: 'post' },
        { approval: false },
      )
      const [made] = document.operations
      if (!made) throw new Error('There is no operation.')
      await defineOperation(client, made).execute({ a: 'b c' })
    }
    expect(api.requests.map(({ body }) => body)).toEqual(['a=b+c', '{"a":"b c"}'])
  })

  it('for DELETE refuses the operation when it is required', () => {
    expect(reasonFor({ 'application/json': object }, 'delete', { required: true })).toBe(
      'refused: body_not_allowed',
    )
  })

  it('has parameters of its own beside those of the path of the same name', async () => {
    const operation = {
      operationId: 'update_thing',
      parameters: [{ name: 'id', in: 'path', required: true, schema: { type: 'string' } }],
      requestBody: {
        content: {
          'application/json': {
            schema: { type: 'object', properties: { id: { type: 'string' } } },
          },
        },
      },
    }
    await using emulator = await testEmulator()
    await using api = await startRecordingApi()
    const client = testClient(emulator, { resources: [{ baseUrl: api.baseUrl, methods: ['PUT'] }] })
    const where = { method: 'put', path: '/things/{id}' }
    const [made] = convertOne(operation, where, { approval: false }).operations
    if (!made) throw new Error('There is no operation.')
    await defineOperation(client, made).execute({ id: '1', id_body: '2' })
    expect(api.requests).toMatchObject([{ url: '/things/1', body: '{"id":"2"}' }])
  })
})

describe('the answers of an operation of a document', () => {
  const answers = (types: readonly string[]): unknown => {
    const content = Object.fromEntries(types.map((type) => [type, {}]))
    const operation = { operationId: 'get_report', responses: { 200: { content } } }
    return convertOne(operation).operations[0]?.answer
  }

  it.each<[readonly string[], string | undefined]>([
    [['text/csv'], 'csv'],
    [['text/csv; charset=utf-8; header=present', 'application/pdf'], 'csv'],
    [['text/plain', 'text/csv'], 'csv'],
    [['text/plain; charset=utf-8'], 'text'],
    [['text/markdown', 'image/png'], 'text'],
    [['text/csv', 'application/json'], undefined],
    [['*/*'], undefined],
    [['application/vnd.api+json', 'text/plain'], undefined],
  ])('of the types %j are read as %s', (types, answer) => {
    expect(answers(types)).toBe(answer)
  })

  it('in CSV reach the model as records', async () => {
    await using emulator = await testEmulator()
    await using api = await startRecordingApi((response) => {
      response.writeHead(200, { 'content-type': 'text/csv' }).end('day,calls\n1,17')
    })
    const client = testClient(emulator, { resources: [{ baseUrl: api.baseUrl }] })
    const operation = {
      operationId: 'get_report',
      responses: { 200: { content: { 'text/csv': { schema: { type: 'string' } } } } },
    }
    const [made] = convertOne(operation).operations
    if (!made) throw new Error('There is no operation.')
    const outcome = await defineOperation(client, made).execute({})
    expect(outcome).toMatchObject({ ok: true, data: [{ day: '1', calls: '17' }] })
    expect(api.requests[0]?.headers.accept).toBe('text/csv')
  })
})

describe('an operation of a document', () => {
  const plain = { operationId: 'get_thing' }
  const reasonFor = (operation: object, where: Parameters<typeof convertOne>[1] = {}): unknown =>
    convertOne(operation, where).refused[0]?.reason

  it.each<[string, object, Parameters<typeof convertOne>[1], string | undefined]>([
    ['with TRACE', plain, { method: 'trace' }, 'method_unsupported'],
    [
      'with an answer that is a picture',
      { ...plain, responses: { 200: { content: { 'image/png': {} } } } },
      {},
      'response_not_json',
    ],
    [
      'with an answer that is JSON or a picture',
      {
        ...plain,
        responses: { 200: { content: { 'image/png': {}, 'application/hal+json': {} } } },
      },
      {},
      undefined,
    ],
    [
      'with an answer that is a file or a page',
      {
        ...plain,
        responses: {
          200: { content: { 'application/pdf': {} } },
          201: { content: { 'text/html': {} } },
        },
      },
      {},
      'response_not_json',
    ],
    ['with an empty answer', { ...plain, responses: { 204: {} } }, {}, undefined],
    [
      'on another server',
      { ...plain, servers: [{ url: 'https://evil.test' }] },
      {},
      'other_server',
    ],
    ['with a path parameter that is not described', plain, { path: '/a/{id}' }, 'path_unusable'],
    [
      'with a described parameter that is not in the path',
      { parameters: [{ name: 'id', in: 'path', schema: { type: 'string' } }] },
      {},
      'path_unusable',
    ],
    [
      'with a path parameter that may be null',
      { parameters: [{ name: 'id', in: 'path', schema: { type: ['string', 'null'] } }] },
      { path: '/a/{id}' },
      'path_unusable',
    ],
  ])('%s', (_what, operation, where, reason) => {
    expect(reasonFor(operation, where)).toBe(reason)
  })

  it.each([
    ...['things', '//evil.test/x', '/../admin', '/a/../../b', '/%2e%2e/admin', '/a?x=1', '/a#b'],
    ...['/https://evil.test', '/a\\b', '/a b', '/a/{', '/a/{id', '/./a', '/..;/a', '/%00', '/%2f'],
  ])('below the path %j does not become a tool', (path) => {
    expect(convertOne(plain, { path }).operations).toEqual([])
    expect(reasonFor(plain, { path })).toMatch(/^(path|operation)_unusable$/)
  })

  it('is described in one line without letters that nobody sees', () => {
    const operation = {
      ...plain,
      summary: 'A\u200b thing',
      description: `Line\nbreak \u202e${'x'.repeat(5_000)}`,
      deprecated: true,
    }
    const description = convertOne(operation).operations[0]?.description ?? ''
    expect(description).toMatch(/^Deprecated\. A thing\. Line break x+…$/)
    expect(description.length).toBe(1_024)
  })

  it('is described by the program when that has words for it', () => {
    const describe = ({ path }: { path: string }): string | undefined =>
      path === '/things' ? 'Our words.' : undefined
    expect(convertOne(plain, {}, { describe }).operations[0]?.description).toBe('Our words.')
  })
})

describe('the names of tools', () => {
  const namesOf = (
    ids: readonly (string | undefined)[],
    options: OpenApiOptions = {},
  ): readonly string[] => {
    const paths = Object.fromEntries(
      ids.map((operationId, index) => [`/p${index}`, { get: { operationId } }]),
    )
    return operationsFromOpenApi({ openapi: '3.1.0', paths }, options).operations.map(
      ({ name }) => name,
    )
  }

  it.each<[string | undefined, string]>([
    ['listPets', 'listPets'],
    ['pets/list-all', 'pets_list_all'],
    [undefined, 'get_p0'],
    ['2fa', 'api_2fa'],
    ['__x__', 'x'],
    ['', 'api'],
    ['日本語', 'api'],
    ['authsec_secure_fetch', 'api_authsec_secure_fetch'],
    ['AuthSec-whoami', 'api_AuthSec_whoami'],
  ])('of %j is %s', (id, name) => {
    expect(namesOf([id])).toEqual([name])
  })

  it('are at most 40 characters long, and all different', () => {
    const names = namesOf(['a/b', 'a-b', 'A_B', 'x'.repeat(50), `${'x'.repeat(50)}y`, 'other'])
    expect(new Set(names.map((name) => name.toLowerCase())).size).toBe(6)
    for (const name of names) expect(name).toMatch(/^[a-zA-Z]\w{0,39}$/)
    expect(names.at(-1)).toBe('other')
  })

  it('differ even where the document has guessed one, in another case too', () => {
    const suffixOf = (call: string, length = 6): string =>
      createHash('sha256').update(call).digest('hex').slice(0, length)
    const guesses = [
      `dup_${suffixOf('GET /a')}`,
      `DUP_${suffixOf('GET /a').toUpperCase()}`,
      `dup.${suffixOf('DELETE /b')}`,
      `dup_${suffixOf('GET /a', 12)}`,
    ]
    const named = (...ids: readonly string[]): readonly string[] => {
      const paths = {
        '/a': { get: { operationId: 'dup' } },
        '/b': { delete: { operationId: 'dup' } },
        ...Object.fromEntries(
          ids.map((operationId, n) => [`/evil${n}`, { post: { operationId } }]),
        ),
      }
      return operationsFromOpenApi({ openapi: '3.1.0', paths }).operations.map(({ name }) => name)
    }
    for (const ids of [...guesses.map((id) => [id]), guesses]) {
      const names = named(...ids)
      expect(new Set(names.map((name) => name.toLowerCase())).size).toBe(2 + ids.length)
      for (const name of names) expect(name).toMatch(/^[a-zA-Z]\w{0,39}$/)
    }
    expect(named()).toEqual([`dup_${suffixOf('GET /a')}`, `dup_${suffixOf('DELETE /b')}`])
  })

  it('differ where two long ones have the same suffix by accident', () => {
    const seen = new Map<string, string>()
    const pair = Array.from({ length: 50_000 }, (_, n) => `/p${n}`).flatMap((path) => {
      const suffix = createHash('sha256').update(`GET ${path}`).digest('hex').slice(0, 6)
      const other = seen.get(suffix)
      seen.set(suffix, path)
      return other === undefined ? [] : [other, path]
    })
    expect(pair.length).toBeGreaterThan(3)
    const paths = Object.fromEntries(
      pair.map((path, n) => [path, { get: { operationId: `${'x'.repeat(50)}${n}` } }]),
    )
    const { operations } = operationsFromOpenApi({ openapi: '3.1.0', paths })
    const names = operations.map(({ name }) => name)
    expect(new Set(names).size).toBe(Object.keys(paths).length)
    for (const name of names) expect(name).toMatch(/^x+_\w{12}$/)
  })

  it('do not depend on what is included', () => {
    const all = namesOf(['a/b', 'a-b'])
    expect(namesOf(['a/b', 'a-b'], { include: { operationIds: ['a-b'] } })).toEqual([all[1]])
  })

  it('have the prefix of the program', () => {
    expect(namesOf(['list'], { namePrefix: 'crm' })).toEqual(['crm_list'])
  })
})

describe('the permissions of a tool', () => {
  const more = {
    components: {
      securitySchemes: {
        oauth: { type: 'oauth2' },
        oidc: { type: 'openIdConnect' },
        key: { type: 'apiKey' },
      },
    },
    security: [{ oauth: ['things:read'] }],
  }
  const permissionOf = (
    security: unknown,
    permissions?: OpenApiOptions['permissions'],
  ): unknown => {
    const operation = { operationId: 'x', ...(security !== undefined && { security }) }
    const { operations, refused } = convertOne(operation, { more }, { permissions })
    return operations[0] ? operations[0].permission : refused[0]?.reason
  }

  it.each<[string, unknown, unknown]>([
    ['the document', undefined, ['things:read']],
    ['the operation', [{ oauth: ['a', 'b'] }], ['a', 'b']],
    ['OpenID Connect', [{ oidc: ['a'] }], ['a']],
    ['two schemes together', [{ oauth: ['a'], oidc: ['b'] }], ['a', 'b']],
    ['one of two schemes', [{ key: [] }, { oauth: ['a'] }], ['a']],
    ['the same in another order', [{ oauth: ['a', 'b'] }, { oidc: ['b', 'a'] }], ['a', 'b']],
    ['nothing', [], undefined],
    ['a key', [{ key: [] }], undefined],
    ['alternatives', [{ oauth: ['a'] }, { oauth: ['b'] }], 'security_ambiguous'],
    ['less or more', [{ oauth: [] }, { oauth: ['b'] }], 'security_ambiguous'],
    ['a scheme that is not described', [{ other: ['a'] }], 'malformed'],
    ['a scope with a space', [{ oauth: ['a b'] }], 'scope_unusable'],
    ['a scope that is no text', [{ oauth: [7] }], 'scope_unusable'],
  ])('are those that %s demands', (_what, security, permission) => {
    expect(permissionOf(security)).toEqual(permission)
  })

  it('are mapped, and a scope without a permission is refused', () => {
    const map = { a: 'x:read', b: ['x:read', 'y:read'] }
    expect(permissionOf([{ oauth: ['a', 'b'] }], map)).toEqual(['x:read', 'y:read'])
    expect(permissionOf([{ oauth: ['c'] }], map)).toBe('scope_unusable')
    expect(permissionOf([{ oauth: ['constructor'] }], map)).toBe('scope_unusable')
  })

  it('are those that the program decides on', () => {
    const seen: unknown[] = []
    const decide: OpenApiOptions['permissions'] = (operation) => {
      seen.push(operation.scopes)
      return 'own:read'
    }
    expect(permissionOf([{ oauth: ['a'] }, { oauth: ['b'] }], decide)).toBe('own:read')
    expect(seen).toEqual([[['a'], ['b']]])
  })
})

describe('the approval of a tool', () => {
  const operation = {
    operationId: 'delete_thing',
    parameters: [{ name: 'thing-id', in: 'path', required: true, schema: { type: 'string' } }],
  }
  const rulesOf = (method: string, approval?: OpenApiOptions['approval']): unknown => {
    const where = { method, path: '/things/{thing-id}' }
    const [made] = convertOne(operation, where, { approval }).operations
    return { approval: made?.approval, defaultApproval: made?.defaultApproval }
  }
  const none = { approval: undefined, defaultApproval: undefined }
  const rule = { message: 'Really?' }

  it('is required of unsafe methods unless told otherwise', () => {
    expect(rulesOf('get')).toEqual(none)
    expect(rulesOf('head')).toEqual(none)
    for (const method of ['post', 'put', 'patch', 'delete']) {
      const message = 'Allow delete_thing with thing_id {thing_id}?'
      expect(rulesOf(method)).toEqual({ ...none, defaultApproval: { message } })
    }
    expect(rulesOf('delete', false)).toEqual(none)
  })

  it('is by the rule of the program, for unsafe methods', () => {
    expect(rulesOf('delete', rule)).toEqual({ ...none, approval: rule })
    expect(rulesOf('get', rule)).toEqual(none)
  })

  it('is decided by a function for each operation', () => {
    expect(rulesOf('get', () => rule)).toEqual({ ...none, approval: rule })
    expect(rulesOf('delete', () => false)).toEqual(none)
    expect(rulesOf('delete', () => undefined)).toMatchObject({
      defaultApproval: { message: expect.any(String) },
    })
  })

  it('has a message with room for its values, however many there are', () => {
    const required = Array.from({ length: 30 }, (_, index) => `a_long_name_of_a_field_${index}`)
    const properties = Object.fromEntries(required.map((name) => [name, { type: 'string' }]))
    const schema = { type: 'object', required, properties }
    const body = {
      operationId: 'x'.repeat(60),
      requestBody: { content: { 'application/json': { schema } } },
    }
    const [made] = convertOne(body, { method: 'post' }).operations
    expect(made?.defaultApproval?.message).toMatch(
      /^Allow x+_\w{6} with a_long_name_of_a_field_0 \{a_long_name_of_a_field_0\}/,
    )
  })
})

describe('what is included', () => {
  const document = {
    openapi: '3.0.3',
    paths: {
      '/pets': {
        get: { operationId: 'listPets', tags: ['pets'] },
        post: { operationId: 'addPet', tags: ['pets', 'write'] },
      },
      '/pets/{id}': {
        parameters: [{ name: 'id', in: 'path', required: true, schema: { type: 'string' } }],
        delete: { operationId: 'removePet', tags: ['write'] },
      },
      '/stores': { get: { operationId: 'listStores' } },
    },
  }
  it.each<[string, OpenApiOptions['include'], string[]]>([
    ['everything', undefined, ['listPets', 'addPet', 'removePet', 'listStores']],
    ['operations', { operationIds: ['addPet', 'listStores'] }, ['addPet', 'listStores']],
    ['tags', { tags: ['write'] }, ['addPet', 'removePet']],
    ['paths', { paths: ['/pets'] }, ['listPets', 'addPet']],
    ['paths below', { paths: ['/pets/*'] }, ['removePet']],
    ['methods', { methods: ['get'] }, ['listPets', 'listStores']],
    ['all of these', { methods: ['GET'], tags: ['pets'], paths: ['/*'] }, ['listPets']],
  ])('are %s', (_what, include, names) => {
    const { operations } = operationsFromOpenApi(document, { include })
    expect(operations.map(({ name }) => name)).toEqual(names)
  })

  it.each<[OpenApiOptions['include'], RegExp]>([
    [{ operationIds: ['listPet'] }, /include\.operationIds.*did you mean "listPets"/],
    [{ tags: ['pet'] }, /include\.tags.*did you mean "pets"/],
    [{ paths: ['/pet'] }, /include\.paths.*did you mean "\/pets"/],
    [{ paths: ['/nothing/*'] }, /include\.paths/],
    [{ methods: ['PSOT'] }, /include\.methods.*did you mean "POST"/],
    [{ methods: ['get', 'DELET'] }, /include\.methods.*did you mean "DELETE"/],
    [{ methods: ['CONNECT'] }, /include\.methods/],
    [{ methods: [' GET'] }, /include\.methods/],
  ])('cannot be misspelt: %j', (include, message) => {
    const error = thrown(() => operationsFromOpenApi(document, { include }))
    expect(error).toMatchObject({ name: 'ConfigError', message: expect.stringMatching(message) })
  })
})

describe('a name that is offered for a misspelt one', () => {
  it.each([
    'listPet\n\u001b[2K\u001b[1Aall fine',
    'listPet\u001b[31m',
    'listPet\u202e',
    'list\u200bPet',
    'listPet\u2028',
    'listPet\u009b',
  ])('is never one that writes on a terminal: %j', (operationId) => {
    const operation = { operationId, tags: [operationId] }
    const document = { openapi: '3.1.0', paths: { [`/${operationId}`]: { get: operation } } }
    for (const include of [
      { operationIds: ['listPet'] },
      { tags: ['listPet'] },
      { paths: ['/listPet'] },
    ]) {
      const error = thrown(() => operationsFromOpenApi(document, { include }))
      expect(error).toMatchObject({ name: 'ConfigError' })
      expect(String(Object(error).message)).toMatch(/^[\x20-\x7e]+$/)
      expect(String(Object(error).message)).not.toContain('did you mean')
    }
  })
})

describe('the servers of a document', () => {
  const reportOf = (url: string, baseUrl?: string): unknown => {
    const where = { more: { servers: [{ url }] } }
    const { operations, refused } = convertOne({ operationId: 'x' }, where, { baseUrl })
    expect(operations).toHaveLength(1)
    return refused.map(({ part, message }) => `${part}: ${message}`)
  }
  const report = ['server: The paths of the document are below /v1.']

  it.each([
    ['v1', '/v1'],
    ['./v1', '/v1'],
    ['/v1/{x}', '/v1/{x}'],
    ['//api.example.com/v1', '/v1'],
    ['https://api.example.com/v1/{version}', '/v1/{version}'],
  ])('%s have a base path that is told: %s', (url, path) => {
    expect(reportOf(url)).toEqual([`server: The paths of the document are below ${path}.`])
  })

  it('are never called, and a base path of their own is told', () => {
    expect(reportOf('https://evil.test/v1')).toEqual(report)
    expect(reportOf('/v1/')).toEqual(report)
    expect(reportOf('https://evil.test/v1', 'https://api.example.com/v2')).toEqual(report)
    expect(reportOf('https://evil.test/v1', 'https://api.example.com/v1/')).toEqual([])
    expect(reportOf('https://evil.test')).toEqual([])
    expect(reportOf('https://{host}/{base}')).toEqual([])
  })
})

describe('a function among the options', () => {
  const wrong = (options: object): unknown =>
    thrown(() => convertOne({ operationId: 'del' }, { method: 'delete' }, options))

  it.each<[string, string, unknown]>([
    ['permissions', 'a number', 5],
    ['permissions', 'an empty text', ''],
    ['permissions', 'a list with a number', ['a:b', 5]],
    ['permissions', 'null', null],
    ['permissions', 'a promise', Promise.resolve('a:b')],
    ['approval', 'a misspelt rule', { mesage: 'x' }],
    ['approval', 'true', true],
    ['approval', 'null', null],
    ['approval', 'a text', 'Really?'],
    ['approval', 'a promise', Promise.resolve({ message: 'x' })],
    ['describe', 'an empty text', ''],
    ['describe', 'a number', 5],
    ['describe', 'null', null],
    ['describe', 'a promise', Promise.resolve('x')],
  ])(
    '%s that returns %s is a mistake of the program, and not of the document',
    (option, _what, result) => {
      expect(wrong({ [option]: () => result })).toMatchObject({
        name: 'ConfigError',
        message: expect.stringMatching(new RegExp(`result of \`${option}\` for del`)),
      })
    },
  )

  it('may leave everything as it is', () => {
    const none = (): undefined => undefined
    const options = { permissions: none, approval: none, describe: none }
    const { operations, refused } = convertOne({ operationId: 'get' }, {}, options)
    expect([operations.length, refused]).toEqual([1, []])
  })
})
