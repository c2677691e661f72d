import { createAuthSecClientFromEnv } from '@authsec/core'
import type { OperationOptions, SecureFetchToolOptions } from '@authsec/core/tool'
import { describeOptions, rejection, thrown } from '@authsec-internal/test-kit'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import {
  AuthSecSecureReader,
  type AuthSecSecureReaderOptions,
  type AuthSecToolOptions,
  type CursorPagination,
  operationTool,
  type Pagination,
  type PermissionFiltersOptions,
  type PermittedRetrieverOptions,
  permissionFilters,
  permittedRetriever,
  type ReadOptions,
  secureFetchTool,
} from '../src/index.ts'

const client = createAuthSecClientFromEnv({ AUTHSEC_MODE: 'mock' }, { onEvent: () => undefined })
const reader = new AuthSecSecureReader({ client })
const records = { endpoint: 'records', permission: 'records:read' } as const
const signal = new AbortController().signal

const readCases = {
  endpoint: ['/', 'endpont'],
  permission: [['records:read'], 'permisson'],
  query: [{ limit: { most: 10 } }, 'querry'],
  format: ['csv', 'formt'],
  pagination: ['page', 'pagintion'],
  maxPages: [0, 'maxPage'],
  maxBytes: [Number.POSITIVE_INFINITY, 'maxByte'],
  records: [7, 'record'],
  id: ['', 'idd'],
  text: [[7], 'texts'],
  metadata: ['title', 'metadatas'],
  clearance: [null, 'clearence'],
  recordPermission: ['records:restricted', 'recordPermisson'],
  onPageError: ['skip', 'onPageErrors'],
  onProgress: [true, 'onProgres'],
  signal: ['stop', 'signl'],
} as const

describeOptions<AuthSecSecureReaderOptions>({
  what: 'the reader',
  create: (options) => new AuthSecSecureReader(options),
  valid: { client, ...records, baseUrl: new URL('https://api.example.com/v1'), signal },
  options: {
    client: [{ mode: 'live' }, 'clint'],
    resource: [7, 'ressource'],
    baseUrl: ['ftp://api.example.com', 'baseUri'],
    clock: [{ now: Date.now }, 'clocks'],
    ...readCases,
  },
})

describeOptions<Partial<ReadOptions>>({
  what: 'a read',
  create: (options) => reader.lazyLoad(options),
  valid: {
    ...records,
    query: { limit: 10, tag: ['a', 'b'], none: undefined, nor: null, since: new Date(0) },
    signal,
  },
  options: readCases,
})

const paginate = (pagination: Pagination): unknown => reader.lazyLoad({ ...records, pagination })

for (const by of ['link', 'none'] as const) {
  describeOptions<{ by: typeof by }>({
    what: `a pagination by ${by}`,
    create: paginate,
    valid: { by },
    options: { by: ['magic', 'bye'] },
  })
}

describeOptions<CursorPagination>({
  what: 'a pagination by cursor',
  create: paginate,
  valid: { by: 'cursor', param: 'after', next: (body) => body },
  options: { by: [7, 'bye'], param: [7, 'parm'], next: [7, 'nxt'] },
})

describeOptions<Extract<Pagination, { by: 'page' }>>({
  what: 'a pagination by page',
  create: paginate,
  valid: { by: 'page', param: 'p', first: 0 },
  options: { by: [undefined, 'bye'], param: ['', 'params'], first: [-1, 'frist'] },
})

const index = { asRetriever: () => ({ _retrieve: async () => [] }) }

describeOptions<PermittedRetrieverOptions>({
  what: 'a permitted retriever',
  create: (options) => permittedRetriever(index, client, options),
  valid: { similarityTopK: 3, similarityCutoff: 0.2, signal },
  options: {
    similarityTopK: [2.5, 'topK'],
    similarityCutoff: [Number.NaN, 'cutoff'],
    signal: [{ aborted: false }, 'sginal'],
  },
})

describeOptions<PermissionFiltersOptions>({
  what: 'permission filters',
  create: (options) => permissionFilters(['records:read'] as never, options),
  valid: { signal },
  options: { signal: [new AbortController(), 'signals'] },
})

const toolCases = {
  name: [7, 'nam'],
  description: [7, 'desciption'],
  resource: [['vault'], 'ressource'],
  permission: [7, 'permisson'],
  approval: [true, 'aproval'],
  maxResultCharacters: [0, 'maxResultBytes'],
  errorDetail: [7, 'erorDetail'],
  signal: ['stop', 'signl'],
  user: ['ann', 'usr'],
} as const

describeOptions<SecureFetchToolOptions & AuthSecToolOptions>({
  what: 'a secure fetch tool',
  create: (options) => secureFetchTool(undefined, options),
  valid: { signal },
  options: toolCases,
})

const operation: OperationOptions<z.ZodObject<z.ZodRawShape>> = {
  name: 'get_record',
  description: 'One record.',
  path: 'records/{id}',
  params: z.object({ id: z.string() }),
}

describeOptions<OperationOptions<z.ZodObject<z.ZodRawShape>> & AuthSecToolOptions>({
  what: 'an operation tool',
  create: (options) => operationTool(undefined, options),
  valid: { ...operation, signal },
  options: {
    ...toolCases,
    method: [7, 'metod'],
    path: [7, 'paht'],
    params: [{ id: 'string' }, 'param'],
    queryParams: ['page', 'queryParam'],
    headerParams: ['x-trace', 'headerParam'],
    bodyParam: [true, 'bodyParams'],
    bodyType: ['xml', 'bodyTypes'],
    files: [{ a: {} }, 'file'],
    headers: [{ host: 'x' }, 'header'],
    idempotencyKey: [7, 'idempotencyKeys'],
    wireNames: [['page'], 'wireName'],
    answer: ['xml', 'anser'],
    maxAnswerBytes: [0, 'maxAnswerByte'],
    delimiter: ['::', 'delimeter'],
    select: [['a..b'], 'selct'],
    transform: ['upper', 'tranform'],
    pagination: [{ next: 'page' }, 'paginaton'],
    defaultApproval: [{ message: 7 }, 'defaultAproval'],
  },
})

describe('a read that cannot work', () => {
  it.each<[string, object]>([
    ['endpoint', { permission: 'records:read' }],
    ['endpoint', { ...records, endpoint: 'records?limit=10' }],
    ['permission', { endpoint: 'records' }],
    ['permission', { endpoint: 'records', permission: ' ' }],
    ['query', { ...records, query: { limit: Number.NaN } }],
    ['query', { ...records, query: { since: new Date(Number.NaN) } }],
    ['text', { ...records, text: [] }],
    ['pagination by link', { ...records, pagination: { by: 'link', param: 'after' } }],
    ['format', { ...records, format: 'ndjson' }],
  ])('fails with an error that names %s', async (name, options) => {
    const error = await rejection(new AuthSecSecureReader({ client }).loadData(options))
    expect(error).toMatchObject({ name: 'ConfigError', message: expect.stringContaining(name) })
  })

  it.each(['scope', 'scopes'])('fails for %s with a question about permission', async (name) => {
    const options = { endpoint: 'records', [name]: 'records:read' }
    const error = await rejection(reader.loadData(options))
    expect(error.message).toContain('did you mean "permission"?')
    expect(thrown(() => new AuthSecSecureReader(options)).message).toBe(
      error.message.replace('read', 'reader'),
    )
  })
})

describe('the reader', () => {
  it.each(['records', 'https://api.example.com/v1?key=1', 'https://user@api.example.com'])(
    'refuses %s as its base URL',
    (baseUrl) => {
      expect(() => new AuthSecSecureReader({ baseUrl })).toThrow(/^baseUrl is not the base URL/)
    },
  )
})

describe('a wrong argument', () => {
  it.each<[string, () => unknown]>([
    ['client', () => secureFetchTool({ name: 'vault' } as never)],
    ['client', () => operationTool(operation as never, operation)],
    ['index', () => permittedRetriever({} as never, client)],
    ['index', () => permittedRetriever(undefined as never, client)],
    ['permissions', () => permittedRetriever(index, 'records:read' as never)],
    ['permissions', () => permittedRetriever(index, { mode: 'live' } as never)],
    ['permissions', () => permissionFilters(undefined as never)],
  ])('is refused with a ConfigError that names the %s', (name, create) => {
    const error = thrown(create)
    expect(error).toMatchObject({ name: 'ConfigError', message: expect.stringContaining(name) })
  })
})
