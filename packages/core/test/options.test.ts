import {
  describeOptions,
  operationOptionCases,
  rejection,
  secureFetchOptionCases,
  testClient,
  thrown,
} from '@authsec-internal/test-kit'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { checkToolApprovalRules } from '../src/adapter.ts'
import { createAuthSecClientFromEnv, type FromEnvOverrides } from '../src/client/client-from-env.ts'
import { createAuthSecClient } from '../src/client/create-client.ts'
import type { AuthSecClientOptions, CibaConfig } from '../src/config/client-options.ts'
import { ConfigError } from '../src/errors.ts'
import type { ApprovalOptions } from '../src/options/approval-limits.ts'
import type { BudgetLimits } from '../src/policy/budget-limits.ts'
import type { ApprovalRule, ResourceOptions } from '../src/policy/resource-policy.ts'
import { createConsoleReporter, type ReporterOptions } from '../src/reporter.ts'
import { systemClock } from '../src/support/clock.ts'
import type { SecureFetchToolOptions } from '../src/tool.ts'
import { defineOperation, defineSecureFetch, type OperationOptions } from '../src/tool.ts'

const ID = 'a594430b-2bd4-4792-9666-63162ee858c5'
const good = { baseUrl: 'https://auth.example.com', clientId: ID }
const api = 'https://api.example.com'

describeOptions<AuthSecClientOptions>({
  what: 'the client',
  create: createAuthSecClient,
  valid: good,
  options: {
    baseUrl: [7, 'baseURL_'],
    clientId: [ID.slice(1), 'clientID_'],
    apiToken: [7, 'apitokn'],
    tenantId: ['no UUID', 'tenantID_'],
    clientIdIn: ['body', 'clientIdInn'],
    resources: [{ baseUrl: api }, 'resource'],
    timeoutMs: ['10000', 'timeout'],
    rateLimit: [90, 'rateLimits'],
    refreshMarginSeconds: [-1, 'refreshMargin'],
    maxTokenLifetimeSeconds: [Number.NaN, 'maxTokenLifetime'],
    ciba: ['admin', 'cibaa'],
    approvals: [3, 'aprovals'],
    store: [{ get: () => undefined }, 'stor'],
    tokenKeys: [[{ kid: 'k1', key: 'short' }], 'tokenKey'],
    budget: [5, 'budgets'],
    instrumentation: ['otel', 'instrumentatoin'],
    onEvent: [{}, 'onEvents'],
    fetch: ['fetch', 'fetsch'],
    dispatcher: [{ request: () => undefined }, 'dispacher'],
    proxy: ['socks5://proxy.example.com', 'proxi'],
    clock: [{ now: Date.now }, 'clocks'],
  },
})

describeOptions<ResourceOptions>({
  what: 'a resource',
  create: (resource) => createAuthSecClient({ ...good, resources: [resource] }),
  valid: { baseUrl: api },
  options: {
    name: [7, 'nam'],
    baseUrl: ['ftp://api.example.com', 'baseUri'],
    methods: ['GET', 'method'],
    permission: [['records:read', 7], 'permisson'],
    audience: [['api'], 'audiense'],
    sameOriginRedirects: [4, 'redirects'],
    approval: ['yes', 'aproval'],
    headers: [{ 'x-a': 7 }, 'header'],
    callIdHeader: ['authorization', 'callIDHeader'],
    timeoutMs: [0, 'timeout'],
    maxResponseBytes: [Number.POSITIVE_INFINITY, 'maxResponseByte'],
  },
})

describeOptions<ApprovalRule>({
  what: 'an approval rule',
  create: (approval) => createAuthSecClient({ ...good, resources: [{ baseUrl: api, approval }] }),
  valid: { message: 'Really?' },
  options: {
    approver: [['a@example.com'], 'aprover'],
    message: ['', 'mesage'],
    when: [true, 'whem'],
    timeoutMs: [2_592_000_000, 'timeout'],
    limits: [3, 'limit'],
    wait: ['forever', 'waits'],
    channel: ['sms', 'chanel'],
    risk: [{ rowCount: -1 }, 'risc'],
  },
})

describeOptions<Partial<BudgetLimits>>({
  what: 'a budget',
  create: (budget) => createAuthSecClient({ ...good, budget }),
  valid: { callsPerRun: Number.POSITIVE_INFINITY },
  options: {
    callsPerRun: [0, 'callsPerRuns'],
    bytesPerRun: [Number.NaN, 'bytePerRun'],
    concurrentCalls: ['8', 'concurrentCall'],
    callsPerWindow: [-1, 'callPerWindow'],
    bytesPerWindow: [Number.NaN, 'bytesPerWindows'],
    windowMs: [999, 'windowMS_'],
    concurrentCallsPerClient: [0, 'concurrentCallPerClient'],
  },
})

describeOptions<ApprovalOptions>({
  what: 'approvals',
  create: (approvals) => createAuthSecClient({ ...good, approvals }),
  valid: { queuedPerApprover: 0 },
  options: {
    openPerApprover: [0, 'openPerAprover'],
    unapprovedPerWindow: [1.5, 'unaprovedPerWindow'],
    windowMs: [Number.POSITIVE_INFINITY, 'windowMS_'],
    pauseAfterDenialMs: [-1, 'pauseAfterDenial'],
    queuedPerApprover: [Number.NaN, 'queuePerApprover'],
    queueMs: ['1', 'queuMs'],
    keys: [[{ kid: 'a', key: 'short' }], 'key'],
    showApprover: ['yes', 'showAprover'],
  },
})

describeOptions<CibaConfig>({
  what: 'ciba',
  create: (ciba) => createAuthSecClient({ ...good, ciba }),
  valid: { loginHint: 'approver@example.com' },
  options: {
    flow: ['push', 'flows'],
    clientId: [7, 'clientID_'],
    clientSecret: [7, 'clientsecrt'],
    loginHint: [7, 'login_hint'],
    notificationToken: ['too short', 'notificationTokn'],
  },
})

describeOptions<Pick<FromEnvOverrides, 'emulator' | 'timeoutMs' | 'resources'>>({
  what: 'createAuthSecClientFromEnv',
  create: (overrides) => createAuthSecClientFromEnv({ AUTHSEC_MODE: 'mock' }, overrides),
  valid: { timeoutMs: 5_000 },
  options: {
    emulator: [{ fetch: 'no' }, 'emulater'],
    timeoutMs: ['5', 'timeoutms'],
    resources: [7, 'ressources'],
  },
})

describeOptions<SecureFetchToolOptions>({
  what: 'a secure fetch tool',
  create: (options) => defineSecureFetch(undefined, options),
  valid: {},
  options: {
    name: [7, 'nam'],
    ...secureFetchOptionCases,
  },
})

const operation: OperationOptions<z.ZodObject<z.ZodRawShape>> = {
  name: 'get_record',
  description: 'One record.',
  path: 'records/{id}',
  params: z.object({ id: z.string() }),
}

describeOptions<OperationOptions<z.ZodObject<z.ZodRawShape>>>({
  what: 'an operation',
  create: (options) => defineOperation(undefined, options),
  valid: operation,
  options: {
    name: ['', 'nam'],
    ...operationOptionCases,
  },
})

describe('an option under the name that it has elsewhere', () => {
  it.each([
    ['scope', 'permission'],
    ['scopes', 'permission'],
  ])('%s is refused, and %s is asked for', (name, right) => {
    const error = thrown(() => defineOperation(undefined, { ...operation, [name]: 'records:read' }))
    expect(error.message).toContain(`did you mean "${right}"?`)
  })
})

describe('an unknown name that could be a secret', () => {
  it('is not repeated', () => {
    const error = thrown(() => createAuthSecClient(Object.assign({ [ID]: true }, good)))
    expect(ConfigError.isInstance(error)).toBe(true)
    expect(JSON.stringify(error)).not.toContain(ID)
  })
})

describe('one call', () => {
  const client = testClient(
    { baseUrl: good.baseUrl, clientId: ID, vaultUrl: api },
    { clock: systemClock },
  )

  it.each(['permisson', 'aproval', 'timeout', 'header', 'idempotencykey'])(
    'is refused with the misspelt field %s, before anything is sent',
    async (name) => {
      const request = Object.assign({ endpoint: 'metrics' }, { [name]: 'x' })
      expect(await rejection(client.secureFetch(request))).toMatchObject({
        name: 'ConfigError',
        message: expect.stringMatching(/did you mean/),
      })
    },
  )

  it.each(['forceRefesh', 'force', 'reject'])(
    'of getDelegationToken is refused with the misspelt option %s',
    async (name) => {
      const error = await rejection(client.getDelegationToken(Object.assign({}, { [name]: true })))
      expect(error).toMatchObject({
        name: 'ConfigError',
        message: expect.stringMatching(/did you mean/),
      })
    },
  )

  it('of the standard fetch is refused with a misspelt guard', async () => {
    const guards = Object.assign({ route: 'x' }, { permisson: 'records:read' })
    const error = await rejection(client.fetch(`${api}/x`, {}, guards))
    expect(error).toMatchObject({ name: 'ConfigError' })
  })

  it('is refused with an approval rule that is misspelt', async () => {
    const approval = Object.assign({ message: 'Really?' }, { aprover: 'a@example.com' })
    const error = await rejection(client.secureFetch({ endpoint: 'metrics', approval }))
    expect(error).toMatchObject({ name: 'ConfigError', message: expect.stringMatching(/approver/) })
  })
})

describe('rules for the tools of others', () => {
  it.each([
    [{ delete_file: { mesage: 'Delete?' } }],
    [{ delete_file: { message: 'Delete?', aprover: 'a@example.com' } }],
    [{ delete_file: true }],
    ['delete_file'],
  ])('%j are refused', (rules) => {
    const error = thrown(() => checkToolApprovalRules(rules, 'approvals'))
    expect(error).toMatchObject({ name: 'ConfigError' })
  })
})

describeOptions<ReporterOptions>({
  what: 'the console reporter',
  create: createConsoleReporter,
  valid: {},
  options: {
    level: ['debug', 'levels'],
    write: ['stderr', 'writer'],
    color: ['yes', 'colour'],
  },
})

describe('the hint for an unknown option', () => {
  const zzz = <Options extends object>(options: Options): Options =>
    Object.assign({}, options, { zzzzzz: 1 })
  const hints: [of: string, call: () => unknown, hint: RegExp][] = [
    ['a client', () => createAuthSecClient(zzz(good)), /^The client options are: baseUrl, /],
    ['the reporter', () => createConsoleReporter(zzz({})), /^The reporter options are: level, /],
    [
      'a resource',
      () => createAuthSecClient({ ...good, resources: [zzz({ name: 'a', baseUrl: api })] }),
      /^The options of resources\[0\] are: name, /,
    ],
    [
      'getDelegationToken',
      () => createAuthSecClient(good).getDelegationToken(zzz({})),
      /^The options of getDelegationToken are: forceRefresh, /,
    ],
    [
      'the exchange',
      () => createAuthSecClient(good).exchangeCloudCredentials('azure', zzz({ tenantId: ID })),
      /^The options of the azure exchange are: /,
    ],
  ]

  it.each(hints)('of %s says once that these are options', async (_of, call, hint) => {
    const error = await rejection(new Promise((resolve) => resolve(call())))
    expect(error).toMatchObject({ name: 'ConfigError', hint: expect.stringMatching(hint) })
  })
})

describe('options that are an instance of a class', () => {
  it('are refused, because a copy would lose what is inherited', () => {
    class Options {
      readonly name = 'get_record'
      readonly description = 'One record.'
      readonly path = 'records/{id}'
      readonly params = z.object({ id: z.string() })
      get permission(): string {
        return 'records:read'
      }
    }
    expect(thrown(() => defineOperation(undefined, new Options()))).toMatchObject({
      name: 'ConfigError',
      message: expect.stringMatching(/plain object/),
    })
  })
})
