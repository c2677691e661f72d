import type { ResourceOptions } from '@authsec/core'
import type { SecureFetchToolOptions } from '@authsec/core/tool'
import { createDelegationVerifier } from '@authsec/verify'
import {
  describeOptions,
  inProcessClient,
  inProcessEmulator,
  rejection,
  thrown,
} from '@authsec-internal/test-kit'
import { describe, expect, it } from 'vitest'
import { parseConfig } from '../src/config/config-file.ts'
import type { FileCiba, FileContent, FileOperation } from '../src/config/file-checks.ts'
import type { FileOpenApi } from '../src/config/openapi-file.ts'
import {
  checkHttpServer,
  type HttpServerOptions,
  startHttpServer,
} from '../src/http/http-server.ts'
import {
  type ApprovalOptions,
  type AuthSecMcpHandlerOptions,
  type AuthSecMcpServerOptions,
  createAuthSecMcpHandler,
  createAuthSecMcpServer,
  createAuthSecMcpServerFactory,
  type InboundOptions,
  type McpOperation,
} from '../src/index.ts'
import { record, releasedRecord } from './support/vault.ts'

const client = inProcessClient(inProcessEmulator())
const publicUrl = 'https://mcp.example.com/mcp'

const server: AuthSecMcpServerOptions = { operations: [record], secureFetch: false }
const wrongServer = {
  operations: [record, 'operation'],
  secureFetch: [true, 'secureFetsch'],
  name: [7, 'nam'],
  version: ['', 'versoin'],
  user: ['ann', 'usr'],
  approvals: ['resumable', 'approval'],
  onError: ['log', 'onErrors'],
  clock: [{ now: Date.now }, 'clocks'],
} as const

describeOptions<AuthSecMcpServerOptions>({
  what: 'an MCP server',
  create: (options) => createAuthSecMcpServer(client, options),
  valid: server,
  options: wrongServer,
})

describeOptions<AuthSecMcpServerOptions>({
  what: 'a factory of MCP servers',
  create: (options) => createAuthSecMcpServerFactory(client, options),
  valid: server,
  options: wrongServer,
})

describeOptions<ApprovalOptions>({
  what: 'approvals',
  create: (approvals) => createAuthSecMcpServer(client, { approvals }),
  valid: { mode: 'resumable', maxWaitMs: 20_000 },
  options: { mode: ['rounds', 'mod'], maxWaitMs: [0, 'maxWait'] },
})

describeOptions<McpOperation>({
  what: 'an operation',
  create: (operation) => createAuthSecMcpServer(client, { operations: [operation] }),
  valid: record,
  options: {
    name: ['', 'nam'],
    description: [undefined, 'desciption'],
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
    resource: ['other', 'ressource'],
    permission: [{}, 'scope'],
    approval: [{ message: 7 }, 'aproval'],
    maxResultCharacters: ['65536', 'maxResultBytes'],
    errorDetail: [7, 'erorDetail'],
  },
})

describeOptions<SecureFetchToolOptions>({
  what: 'the fetch tool',
  create: (secureFetch) => createAuthSecMcpServer(client, { secureFetch }),
  valid: {},
  options: {
    name: [7, 'nam'],
    description: [7, 'desciption'],
    resource: ['other', 'ressource'],
    permission: [7, 'scope'],
    approval: [true, 'aproval'],
    maxResultCharacters: [0, 'maxResultBytes'],
    errorDetail: [7, 'erorDetail'],
  },
})

describeOptions<AuthSecMcpHandlerOptions>({
  what: 'an MCP handler',
  create: (options) => createAuthSecMcpHandler(client, options),
  valid: { ...server, publicUrl },
  options: {
    ...wrongServer,
    publicUrl: ['mcp.example.com/mcp', 'publicURL_'],
    inbound: [true, 'inbounds'],
    allowedHosts: [['https://mcp.example.com'], 'allowedHost'],
    allowedOrigins: [['https://app.example.com/'], 'allowedOrigin'],
  },
})

describeOptions<InboundOptions>({
  what: 'inbound',
  create: (inbound) => createAuthSecMcpHandler(client, { publicUrl, inbound }),
  valid: {
    verifier: createDelegationVerifier({
      authSecUrl: 'https://auth.example.com',
      tenantId: '6f2c1d0e-8a77-4f57-9a39-0c6f3e6f6f10',
      audience: 'mcp-server',
    }),
    authSecUrl: 'https://auth.example.com',
  },
  options: {
    verifier: [{ verifyToken: () => true }, 'verifyer'],
    permissions: ['tools:use', 'permission'],
    authSecUrl: ['auth.example.com', 'authsecUri'],
  },
})

describeOptions<HttpServerOptions>({
  what: 'an HTTP server',
  create: checkHttpServer,
  valid: { port: 0, host: '127.0.0.1' },
  options: { port: [65_536, 'ports'], host: ['', 'hosts'], onError: ['log', 'onErrors'] },
})

describeOptions<FileContent>({
  what: 'a configuration file',
  create: parseConfig,
  valid: { name: 'tools' },
  options: {
    $schema: [7, 'schema'],
    name: ['', 'nam'],
    resources: [{ baseUrl: 'https://api.example.com' }, 'resource'],
    operations: [{}, 'operation'],
    secureFetch: ['yes', 'secureFetsch'],
    openapi: ['api.json', 'openApi_'],
    ciba: ['admin', 'cibaa'],
    approvals: [3, 'aprovals'],
    budget: [600, 'budgets'],
  },
})

describeOptions<FileOpenApi>({
  what: 'openapi in a file',
  create: (openapi) => parseConfig({ openapi }),
  valid: { file: 'api.json' },
  options: {
    file: [7, 'fil'],
    resource: [['api'], 'ressource'],
    include: [['get'], 'includ'],
    permissions: ['read', 'permision'],
    approval: [true, 'aproval'],
    headers: ['x-version', 'header'],
    describe: ['it', 'descibe'],
    namePrefix: [7, 'namePrefx'],
    maxResultCharacters: [0, 'maxResultBytes'],
    errorDetail: [7, 'errorDetails'],
  },
})

describeOptions<FileOperation>({
  what: 'an operation in a file',
  create: (operation) => parseConfig({ operations: [operation] }),
  valid: { name: 'get_x', description: 'X.', path: 'x' },
  options: {
    name: ['', 'nam'],
    description: [7, 'desciption'],
    method: ['GRAB', 'metod'],
    path: ['', 'paht'],
    params: ['id', 'param'],
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
    resource: [['vault'], 'ressource'],
    permission: [{}, 'scope'],
    approval: [{ message: 'Really?', timeoutMs: 3_600_001 }, 'aproval'],
    maxResultCharacters: [1.5, 'maxResultBytes'],
    errorDetail: [7, 'erorDetail'],
  },
})

describeOptions<ResourceOptions>({
  what: 'a resource in a file',
  create: (resource) => parseConfig({ resources: [resource] }),
  valid: { baseUrl: 'https://api.example.com' },
  options: {
    name: [7, 'nam'],
    baseUrl: [7, 'baseUri'],
    methods: ['GET', 'method'],
    permission: [['records:read', 7], 'scopes'],
    audience: [['api'], 'audiense'],
    sameOriginRedirects: [4, 'redirects'],
    approval: [{ approver: 'a@example.com' }, 'aproval'],
    headers: [{ host: 'x' }, 'header'],
    callIdHeader: [7, 'callIDHeader'],
    timeoutMs: [0, 'timeout'],
    maxResponseBytes: [0, 'maxResponseByte'],
  },
})

describeOptions<SecureFetchToolOptions>({
  what: 'the fetch tool in a file',
  create: (secureFetch) => parseConfig({ secureFetch }),
  valid: {},
  options: {
    name: [7, 'nam'],
    description: [7, 'desciption'],
    resource: [['vault'], 'ressource'],
    permission: [7, 'scope'],
    approval: [true, 'aproval'],
    maxResultCharacters: [0, 'maxResultBytes'],
    errorDetail: [7, 'erorDetail'],
  },
})

describeOptions<FileCiba>({
  what: 'ciba in a file',
  create: (ciba) => parseConfig({ ciba }),
  valid: { loginHint: 'approver@example.com' },
  options: { flow: ['push', 'flows'], clientId: [7, 'clientID_'], loginHint: ['', 'login_hint'] },
})

describe('an error', () => {
  it('names the operation that it is about', () => {
    const operations = [record, { ...releasedRecord, path: 'records/{number}' }]
    const error = thrown(() => createAuthSecMcpServer(client, { operations }))
    expect(error.message).toMatch(/^operations\[1\]: .+number/)
  })

  it.each([
    [{ params: { propertys: {} } }, 'properties'],
    [{ params: { properties: { id: { type: 'string', maxLenght: 3 } } } }, 'maxLength'],
    [{ approval: { message: 'Really?', aprover: 'a@example.com' } }, 'approver'],
  ])('asks for the right name of a misspelt field in %j', (field, right) => {
    const operation = { name: 'get_x', description: 'X.', path: 'x', ...field }
    const error = thrown(() => parseConfig({ operations: [operation] }))
    expect(error).toMatchObject({
      name: 'ConfigError',
      message: expect.stringContaining(`did you mean "${right}"?`),
    })
  })

  it.each([undefined, null, 'client', {}])('refuses %j in the place of a client', (value) => {
    const wrong = value as never
    for (const create of [createAuthSecMcpServer, createAuthSecMcpServerFactory]) {
      expect(thrown(() => create(wrong))).toMatchObject({ name: 'ConfigError' })
    }
    const error = thrown(() => createAuthSecMcpHandler(wrong, { publicUrl }))
    expect(error).toMatchObject({ name: 'ConfigError', message: expect.stringMatching(/^client /) })
  })

  it('ends the start of an HTTP server with a wrong port', async () => {
    const start = startHttpServer({ port: -1, host: '127.0.0.1' }, () => {
      throw new Error('The handler must not be created.')
    })
    expect(await rejection(start)).toMatchObject({ name: 'ConfigError' })
  })
})
