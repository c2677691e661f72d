import { describe, expect, test } from 'vitest'
import {
  ConfigError,
  createEmulator,
  type DelegateOptions,
  type EmulatorAgent,
  type EmulatorControl,
  type EmulatorOptions,
  type EmulatorPolicy,
  type EmulatorUser,
  type Fault,
  type FaultOptions,
  type StartEmulatorOptions,
  startEmulator,
  type VaultRoute,
} from '../src/index.ts'

/** A text that no error may repeat, because an option can hold a secret. */
const TEXT = 'quoted-0815'

interface Row {
  /** A typing mistake for the name of the option. */
  readonly near: string
  /** Values of a wrong type or outside the range. */
  readonly wrong: readonly unknown[]
}

interface Subject {
  /** The name of the options object in errors. */
  readonly what: string
  readonly use: (options: unknown) => unknown
  /** What the object needs besides the tested option. */
  readonly base: object
  /** Stands before the names of the options in errors. */
  readonly prefix: string
  readonly rows: Readonly<Record<string, Row>>
}

/** The compiler reports an option without a row. */
function subject<Options>(
  what: string,
  use: (options: unknown) => unknown,
  rows: { readonly [Name in keyof Required<Options>]: Row },
  { base = {}, prefix = '' }: { base?: object; prefix?: string } = {},
): Subject {
  return { what, use, rows, base, prefix }
}

/** Calls a method with a value that its type forbids, as a JavaScript program can. */
function call(
  name: Exclude<keyof EmulatorControl, 'issuedTokens' | 'issuedSecrets'>,
  ...args: unknown[]
): unknown {
  const { control } = createEmulator()
  return Reflect.apply(Reflect.get(control, name), control, args)
}

/** What is no http URL of this computer. */
const foreignUrls: readonly unknown[] = [
  ...['', TEXT, '127.0.0.1:3000', 'ftp://127.0.0.1', 'file:///etc/passwd', 3000, {}, null],
  ...['http://api.example.com', 'https://10.0.0.1', 'http://0.0.0.0:1', 'http://[::2]:1'],
  ...['http://127.0.0.1.evil.example', 'http://localhost.evil.example', 'http://3232235777'],
  ...[
    'http://user:x@127.0.0.1',
    'http://127.0.0.1/?a=1',
    'http://127.0.0.1/#',
    'http://169.254.169.254',
  ],
]

const emulatorRows: { readonly [Name in keyof Required<EmulatorOptions>]: Row } = {
  profile: { near: 'profil', wrong: [TEXT, 'workspaces', ['workspace'], 1, null] },
  clientId: { near: 'clientID', wrong: [TEXT, 'ABCDEF00-0000-4000-8000-000000000000', 1, null] },
  tenantId: { near: 'tenant', wrong: [TEXT, 'ABCDEF00-0000-4000-8000-000000000000', {}] },
  permissions: { near: 'permisions', wrong: [TEXT, [TEXT, 1], [''], [undefined], null] },
  audience: { near: 'audiences', wrong: ['', ' ', [], [' '], [1], {}, null] },
  ttlSeconds: { near: 'ttl', wrong: [0, -1, 1.5, Number.NaN, 315_360_001, '60'] },
  agents: { near: 'agent', wrong: [TEXT, [TEXT], [{}], [null], {}] },
  policies: { near: 'policie', wrong: [TEXT, [TEXT], [{}], [null], {}] },
  users: { near: 'user', wrong: [TEXT, [TEXT], [null], [{}], { email: 'a@b.c' }] },
  approvals: { near: 'approval', wrong: [TEXT, true, 'approved', null] },
  pollIntervalSeconds: { near: 'pollInterval', wrong: [0, 0.5, 301, '1', null] },
  cibaClientId: { near: 'cibaClient', wrong: [TEXT, 1] },
  notificationUrl: { near: 'notificationUri', wrong: [...foreignUrls, () => 'x'] },
  cibaClientSecret: { near: 'cibaClientSecrt', wrong: ['', ' ', 1, Buffer.from(TEXT)] },
  cloudExchange: { near: 'cloudexchange', wrong: [TEXT, 'aws-key', true] },
  rateLimit: { near: 'rateLimits', wrong: [0, 'off', null] },
  vaultAudience: { near: 'vaultAudiences', wrong: ['', 1, [TEXT]] },
  routes: { near: 'route', wrong: [TEXT, [TEXT], [{}], [null], {}] },
  forward: { near: 'forwards', wrong: foreignUrls },
  vaultEnvelope: { near: 'vaultEnvelop', wrong: ['yes', 1, null] },
  mockIssuer: { near: 'mockIsuer', wrong: [TEXT, 0] },
  clock: { near: 'clok', wrong: [Date.now, {}, { now: Date.now, setTimeout }, null] },
}

const fail = (fault: unknown): unknown => call('failNext', fault)

/** The options of a fault of this kind. */
function faultSubject<Kind extends Fault['kind']>(
  kind: Kind,
  rows: { readonly [Name in keyof Required<Omit<Extract<Fault, { kind: Kind }>, 'kind'>>]: Row },
  base: object = {},
): Subject {
  return {
    what: `the fault "${kind}"`,
    use: fail,
    rows: { kind: { near: 'knd', wrong: [TEXT, 1, null, '__proto__'] }, ...rows },
    base: { kind, ...base },
    prefix: 'fault.',
  }
}

const ms: Row = { near: 'msec', wrong: [-1, Number.NaN, 2_147_483_648, '5', null] }
const bytes: Row = { near: 'byte', wrong: [9, 10.5, '10', Number.POSITIVE_INFINITY, null] }
const polls: readonly unknown[] = [-1, 0.5, '2', null]

const subjects: readonly Subject[] = [
  subject<EmulatorOptions>(
    'the emulator options',
    (options) => Reflect.apply(createEmulator, undefined, [options]),
    emulatorRows,
  ),
  subject<StartEmulatorOptions>(
    'the emulator options',
    (options) => Reflect.apply(startEmulator, undefined, [options]),
    {
      ...emulatorRows,
      port: { near: 'ports', wrong: [-1, 65_536, 0.5, '7468', null] },
      allowedHosts: {
        near: 'allowedHost',
        wrong: [
          TEXT,
          [`https://${TEXT}`],
          [''],
          [`${TEXT}/`],
          [`${TEXT}:port`],
          ['a b'],
          [7],
          null,
        ],
      },
      console: { near: 'consol', wrong: ['true', 1, null, 'yes'] },
    },
  ),
  subject<EmulatorUser>(
    'users[0]',
    (user) => Reflect.apply(createEmulator, undefined, [{ users: [user] }]),
    {
      email: { near: 'mail', wrong: [undefined, TEXT, '', 1] },
      hasDevice: { near: 'device', wrong: ['yes', 1, null] },
      clientId: { near: 'client', wrong: [TEXT, 1, null] },
    },
    { base: { email: 'a@b.test' }, prefix: 'users[0].' },
  ),
  subject<DelegateOptions>('the delegate options', (options) => call('delegate', options), {
    permissions: { near: 'permission', wrong: [TEXT, [1], ['']] },
    ttlSeconds: { near: 'ttlSecond', wrong: [0, 1.5, '60', 315_360_001] },
    audience: { near: 'audiance', wrong: ['', [], [1]] },
    agentType: { near: 'agentTyp', wrong: ['', 1, [TEXT]] },
  }),
  subject<EmulatorAgent>(
    'agents[0]',
    (agent) => Reflect.apply(createEmulator, undefined, [{ agents: [agent] }]),
    {
      clientId: { near: 'client', wrong: [undefined, TEXT, 1] },
      tenantId: { near: 'tenant', wrong: [TEXT, 1, null] },
      agentType: { near: 'agentTyp', wrong: ['', 1] },
      permissions: { near: 'permission', wrong: [TEXT, [1]] },
      audience: { near: 'audiences', wrong: ['', [], [1]] },
      ttlSeconds: { near: 'ttlSecond', wrong: [0, '60'] },
      delegated: { near: 'delegate', wrong: ['no', 0, null] },
    },
    { base: { clientId: '00000000-0000-4000-8000-000000000001' }, prefix: 'agents[0].' },
  ),
  subject<VaultRoute>(
    'routes[0]',
    (route) => Reflect.apply(createEmulator, undefined, [{ routes: [route] }]),
    {
      method: { near: 'methods', wrong: ['get', 'TRACE', 1, null] },
      path: {
        near: 'pth',
        wrong: [undefined, '', '/', 'orders', '/orders?x=1', '/*', '/:id?', '/:id{.*}', '//x', 1],
      },
      permission: { near: 'permissions', wrong: [undefined, '', null, [TEXT]] },
      handle: { near: 'handler', wrong: [undefined, TEXT, {}] },
    },
    { base: { path: '/a', permission: 'a:read', handle: () => 1 }, prefix: 'routes[0].' },
  ),
  subject<EmulatorPolicy>(
    'policies[0]',
    (policy) => Reflect.apply(createEmulator, undefined, [{ policies: [policy] }]),
    {
      agentType: { near: 'agentTyp', wrong: [undefined, '', 1] },
      permissions: { near: 'permission', wrong: [TEXT, [1]] },
      maxTtlSeconds: { near: 'maxTtl', wrong: [0, 1.5, '60'] },
      clientId: { near: 'client', wrong: [TEXT, 1] },
    },
    { base: { agentType: 'langchain' }, prefix: 'policies[0].' },
  ),
  subject<FaultOptions>(
    'the fault options',
    (options) => call('failNext', { kind: 'hang' }, options),
    {
      times: { near: 'time', wrong: [0, -1, 1.5, Number.NaN, '2'] },
      path: { near: 'paths', wrong: ['metrics', '/metrics?limit=1', '', 1, {}] },
    },
  ),
  faultSubject('delay', { ms }, { ms: 5 }),
  faultSubject('drip', { ms }, { ms: 5 }),
  faultSubject('oversize', { bytes }, { bytes: 10 }),
  faultSubject(
    'bomb',
    { encoding: { near: 'encodings', wrong: [TEXT, 'gzi', 1] }, bytes },
    { bytes: 10, encoding: 'gzip' },
  ),
  faultSubject(
    'clock',
    { offsetSeconds: { near: 'offset', wrong: [0.5, '60', 315_360_001, null] } },
    { offsetSeconds: 60 },
  ),
  faultSubject(
    'redirect',
    {
      location: { near: 'locaton', wrong: [undefined, 1, `${TEXT}\nx`] },
      status: { near: 'statuss', wrong: [200, 400, '302'] },
    },
    { location: '/' },
  ),
  faultSubject(
    'status',
    {
      status: { near: 'statsu', wrong: [undefined, 99, 199, 600, 500.5, '500'] },
      body: { near: 'bdy', wrong: [() => TEXT, 1n, circular()] },
      headers: {
        near: 'header',
        wrong: [TEXT, [], { 'x-a': 1 }, { 'x a': 'b' }, { a: `${TEXT}\nx` }],
      },
      retryAfter: { near: 'retry', wrong: [2, `${TEXT}\nx`, null] },
    },
    { status: 500 },
  ),
  subject<{ approveAfterPolls: number; denyAfterPolls: number }>(
    'scripts[0]',
    (script) => call('scriptApproval', script),
    {
      approveAfterPolls: { near: 'approveAfter', wrong: polls },
      denyAfterPolls: { near: 'denyAfter', wrong: polls },
    },
    { prefix: 'scripts[0].' },
  ),
]

function circular(): object {
  const value: Record<string, unknown> = {}
  value['self'] = value
  return value
}

/** The error of a call, whether the call throws it or its promise rejects with it. */
async function errorOf(run: () => unknown): Promise<ConfigError> {
  const error = await new Promise((resolve) => resolve(run())).then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (!ConfigError.isInstance(error)) throw new Error('expected a ConfigError', { cause: error })
  expect(error.message).toMatch(/^[^\n]+[.?]$/)
  expect(error.hint).toMatch(/^[^\n]+\.$/)
  expect(error.message + error.hint).not.toContain(TEXT)
  return error
}

describe.each(subjects)('$what ($base)', ({ what, use, base, prefix, rows }) => {
  test.each(Object.entries(rows))('rejects wrong values of %s', async (name, { wrong }) => {
    for (const value of wrong) {
      const { message } = await errorOf(() => use({ ...base, [name]: value }))
      const field = message.slice(0, (prefix + name).length)
      expect([value, field]).toEqual([value, prefix + name])
    }
  })

  test.each(Object.entries(rows))('suggests %s for a typing mistake', async (name, { near }) => {
    const { message } = await errorOf(() => use({ ...base, [near]: undefined }))
    expect(message).toBe(`Unknown option "${near}" in ${what}; did you mean "${name}"?`)
  })

  test('rejects an unknown option and lists the known ones', async () => {
    const { message, hint } = await errorOf(() => use({ ...base, zzzzzz: true }))
    expect(message).toBe(`Unknown option "zzzzzz" in ${what}.`)
    expect(hint).toMatch(/^The [^:]+ are: /)
    expect(hint).not.toMatch(/options of [^:]*options/)
    expect(hint).toContain(`${what.replace(/^the /, '')} are: ${Object.keys(rows).join(', ')}.`)
  })

  test('rejects what is not an object', async () => {
    for (const value of [null, [], TEXT, 1]) {
      expect((await errorOf(() => use(value))).code).toBe('config_invalid')
    }
  })
})

test.each<Fault['kind']>([
  'hang',
  'reset',
  'drop_after_handling',
  'reset_mid_body',
  'truncated',
  'html',
  'truncated_json',
  'headers_flood',
  'echo',
  'wrong_client',
  'expired_token',
  'no_expiry',
  'unsigned',
  'reuse_approval',
])('the fault %j takes no options', async (kind) => {
  const { message } = await errorOf(() => fail({ kind, ms: 5 }))
  expect(message).toBe(`Unknown option "ms" in the fault "${kind}".`)
})

test('a misspelt kind, mode or script is rejected with the nearest name', async () => {
  const errors = [
    await errorOf(() => fail({ kind: 'resett' })),
    await errorOf(() => call('setCloudExchange', 'tokens')),
    await errorOf(() => call('scriptApproval', 'approve', 'denny')),
  ]
  expect(errors.map(({ message }) => message)).toEqual([
    'fault.kind has an unknown value; did you mean "reset"?',
    'mode has an unknown value; did you mean "token"?',
    'scripts[1] has an unknown value; did you mean "deny"?',
  ])
})

test('a list of scripts with a mistake in it is not used at all', async () => {
  const { control } = createEmulator()
  const scripts = ['approve', { approveAfterPolls: 1, denyAfterPolls: 1 }]
  const { message } = await errorOf(() => Reflect.apply(control.scriptApproval, control, scripts))
  expect(message).toBe('scripts[1] must have either approveAfterPolls or denyAfterPolls.')
})

test('an approval request or a user that does not exist is rejected', async () => {
  expect(await errorOf(() => call('approve', 1))).toMatchObject({ code: 'config_invalid' })
  expect(await errorOf(() => call('approve', TEXT))).toMatchObject({
    message: 'There is no approval request with this auth_req_id.',
  })
  expect(await errorOf(() => call('deny'))).toMatchObject({
    message: 'No approval request is pending.',
  })
  expect(await errorOf(() => call('userToken', 1))).toMatchObject({ code: 'config_invalid' })
  expect(await errorOf(() => call('userToken', `${TEXT}@example.com`))).toMatchObject({
    message: 'The emulator has no such user.',
  })
})

test('the in-process fetch rejects a URL as a mistake, not as a lost connection', async () => {
  const { fetch } = createEmulator()
  for (const request of ['http://emulator.test/', new URL('http://emulator.test/'), undefined]) {
    const { message } = await errorOf(() => Reflect.apply(fetch, undefined, [request]))
    expect(message).toMatch(/^request (must be|is missing)/)
  }
})

test('a missing required value has the code config_missing', async () => {
  expect(await errorOf(() => fail({ kind: 'delay' }))).toMatchObject({
    code: 'config_missing',
    message: 'fault.ms is missing.',
    hint: 'Set fault.ms to a number of milliseconds from 0 to 2147483647.',
  })
})

test('an option that is undefined counts as not given', () => {
  const options = Object.fromEntries(Object.keys(emulatorRows).map((name) => [name, undefined]))
  expect(createEmulator(options).clientId).toMatch(/^[\da-f-]{36}$/)
})

test.each(['now', 'setTimeout'])(
  'the former option %s is rejected in favour of clock',
  async (name) => {
    const options = { [name]: Date.now }
    const { message } = await errorOf(() => Reflect.apply(createEmulator, undefined, [options]))
    expect(message).toBe(`Unknown option "${name}" in the emulator options; did you mean "clock"?`)
  },
)

test('a name that may be a secret is not repeated', async () => {
  const { message } = await errorOf(() => call('delegate', { [`sk_${TEXT.repeat(4)}`]: 1 }))
  expect(message).toBe('Unknown option in the delegate options.')
})

test('the ConfigError carries the mark that all AuthSec packages read', async () => {
  const error = await errorOf(() => call('delegate', null))
  expect(Reflect.get(error, Symbol.for('authsec.error.family'))).toBe('ConfigError')
  expect([error instanceof Error, error.name, error.retryable]).toEqual([
    true,
    'ConfigError',
    false,
  ])
  expect(ConfigError.isInstance(new Error('other'))).toBe(false)
  expect(error.toJSON()).toEqual({
    name: 'ConfigError',
    code: 'config_invalid',
    message: 'the delegate options must be an object, not null.',
    hint: 'The delegate options are: permissions, ttlSeconds, audience, agentType.',
    retryable: false,
  })
})
