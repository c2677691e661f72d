import { describe, expect, test } from 'vitest'
import {
  authenticateRequest,
  ConfigError,
  createDelegationVerifier,
  type DelegationVerifierOptions,
  expressBearer,
  fastifyBearer,
  honoBearer,
  type OnlineCheckOptions,
  type PermissionRequirement,
  VerificationError,
  type VerificationErrorOptions,
} from '../src/index.ts'
import { createAuthority, createTestKey, TENANT_ID } from './support/authority.ts'
import { SECRET, thrownBy } from './support/mistakes.ts'
import { createTestVerifier } from './support/verifier.ts'

const good: DelegationVerifierOptions = {
  authSecUrl: 'https://auth.example.com',
  tenantId: TENANT_ID,
  audience: 'records-api',
}
const { authSecUrl: _, ...sourceless } = good
const check = { whenUnavailable: 'reject' }
const call = (target: (...args: never[]) => unknown, ...args: unknown[]): unknown =>
  Reflect.apply(target, undefined, args)
const create = (options: unknown): unknown => call(createDelegationVerifier, options)
const request = new Request('https://records.example.com/')

/** Wrong values of one option, and a misspelling of its name. */
type Row = readonly [nearMiss: string, ...wrong: unknown[]]

/** One options object of the package. The compiler reports an option without a row. */
interface Subject<Options> {
  readonly use: (options: unknown) => unknown
  readonly good: object
  /** What errors put before the name of an option. */
  readonly prefix?: string
  readonly rows: Readonly<Record<keyof Required<Options>, Row>>
}

const seconds = [Number.NaN, Number.POSITIVE_INFINITY, -1, '60', 1e12]
const urls = [
  7,
  SECRET,
  '',
  'http://records.example.com',
  `https://user:${SECRET}@a.test`,
  'file:///x',
]
const permissionLists = [SECRET, [], [7], [''], ['a b'], ['a"b'], ['a\\b'], [undefined], Array(1)]

const verifierOptions: Subject<DelegationVerifierOptions> = {
  use: create,
  good,
  rows: {
    authSecUrl: ['authsecUrl', ...urls, 'https://a.test/api', 'https://a.test/?x=1', null],
    jwksUrl: ['jwkUrl', ...urls],
    keys: [
      'key',
      SECRET,
      [],
      [SECRET],
      [{ kty: 'RSA', d: SECRET }],
      [createTestKey('a', 1024).jwk],
      Array(1),
      Array(33).fill(createTestKey().jwk),
    ],
    tenantId: ['tenant', 7, SECRET, '', null, undefined],
    audience: ['audiences', 7, '', ' ', [], [''], [7], {}, undefined],
    clockToleranceSeconds: ['clockTolerance', ...seconds, 61],
    maxTokenLifetimeSeconds: ['maxTokenLifetime', ...seconds, 0],
    subjectPattern: ['subjectPatern', 7, '', '.*', 'spiffe://example.org/a*b'],
    onlineCheck: ['onlineChek', true, SECRET, [], null],
    onUnavailable: ['onUnavailabel', true, SECRET, {}, null],
    onDecision: ['onDecisions', true, SECRET, {}, null],
    callIdHeader: ['callIdHeaders', 7, '', 'a b', 'a:b', 'a\r\nb', 'x'.repeat(129), true, null],
    allowMockIssuer: ['allowMockIsuer', SECRET, 1, null],
    resourceMetadataUrl: ['resourceMetadata', ...urls],
    proxy: ['proxi', 7, SECRET, '', 'socks5://a.test', `http://u:${SECRET}@a.test/x`, null],
    fetch: ['fetsh', SECRET, {}, null],
    clock: ['clok', SECRET, {}, { now: Date.now }, Date.now, null],
  },
}

const onlineCheck: Subject<OnlineCheckOptions> = {
  use: (options) => create({ ...good, onlineCheck: options }),
  good: check,
  prefix: 'onlineCheck.',
  rows: {
    whenUnavailable: ['whenUnavailible', 'refuse', SECRET, '', true, undefined],
    cacheSeconds: ['cacheSecond', ...seconds, 9, 3_601],
  },
}

const verificationError: Subject<VerificationErrorOptions> = {
  use: (options) => Reflect.construct(VerificationError, [options]),
  good: { code: 'token_invalid' },
  rows: {
    code: ['codes', SECRET, 'toString', 401, undefined],
    message: ['mesage', 7, '', 'a "quoted" word', 'two\r\nlines', 'caf\u00e9'],
    permissions: ['permission', SECRET, [7], ['a b'], ['a"b']],
    resourceMetadataUrl: ['resourceMetadata', ...urls],
    hint: ['hints', 7, ''],
    systemCode: ['systemcode_', 7, '', 'a secret', 'econnrefused'],
    retryAfterSeconds: ['retryAfter', ...seconds],
  },
}

/** Everything that takes a permission requirement. */
const requirementUsers: Readonly<Record<string, (requirement: unknown) => unknown>> = {
  verify: (requirement) => call(verifier().verify, undefined, requirement),
  expressBearer: (requirement) => call(expressBearer, verifier(), requirement),
  honoBearer: (requirement) => call(honoBearer, verifier(), requirement),
  fastifyBearer: (requirement) => call(fastifyBearer, verifier(), requirement),
  authenticateRequest: (requirement) => call(authenticateRequest, verifier(), request, requirement),
}

const requirement = (use: Subject<unknown>['use']): Subject<PermissionRequirement> => ({
  use,
  good: {},
  rows: {
    permissions: ['permission', ...permissionLists],
    anyPermission: ['anyPermissions', ...permissionLists],
  },
})

function verifier(): ReturnType<typeof createTestVerifier> {
  return createTestVerifier(createAuthority())
}

const subjects: readonly [string, Subject<Record<string, unknown>>][] = [
  ['the verifier options', verifierOptions],
  ['onlineCheck', onlineCheck],
  ['the verification error', verificationError],
  ...Object.entries(requirementUsers).map(
    ([name, use]) => [`the permission requirement of ${name}`, requirement(use)] as const,
  ),
].map(([name, subject]) => [String(name), Object(subject)])

describe.each(subjects)('%s', (_, { use, good, prefix = '', rows }) => {
  const names = Object.keys(rows)

  test.each(names)('reports a wrong value of %s', async (name) => {
    const [, ...wrong] = rows[name] ?? []
    expect(wrong.length).toBeGreaterThan(1)
    for (const value of wrong) {
      const error = await thrownBy(() => use({ ...good, [name]: value }))
      expect(error.code).toBe(value === undefined ? 'config_missing' : 'config_invalid')
      expect(error.message).toMatch(`${prefix}${name}`)
    }
  })

  test.each(names)('suggests %s for a misspelling of it', async (name) => {
    const [nearMiss = ''] = rows[name] ?? []
    const error = await thrownBy(() => use({ ...good, [nearMiss]: rows[name] }))
    expect(error.message).toMatch(`Unknown option "${nearMiss}"`)
    expect(error.message).toMatch(`did you mean "${name}"?`)
    expect(error.hint).toContain(name)
  })

  test.each(['zzzzzzzzzzzz', SECRET])('reports an unknown key: %s', async (key) => {
    const error = await thrownBy(() => use({ ...good, [key]: SECRET }))
    expect(error.message).toMatch(/^Unknown option .*in [^;]*\.$/)
    for (const name of names) expect(error.hint).toContain(name)
  })

  test.each([null, SECRET, 7, ['x'], () => ({})])(
    'reports %j in place of an object',
    async (value) => {
      const error = await thrownBy(() => use(value))
      expect(error.message).toMatch(/must be an object, not (?:null|an? \w)/)
    },
  )

  test('accepts the valid options', async () => {
    expect(ConfigError.isInstance(await Promise.resolve(use(good)).catch((e) => e))).toBe(false)
  })
})

test.each<[string, unknown]>([
  ['a number', 7],
  ['another object', { kty: 'EC' }],
])('a key that is %s is reported as that', async (kind, key) => {
  const error = await thrownBy(() => create({ ...sourceless, keys: [key] }))
  expect(error.message).toMatch(/^keys\[0\] must be /)
  expect(error.message).toContain(`, not ${kind}.`)
})

describe('the verifier options together', () => {
  test.each<[string, string, object]>([
    ['without a source of keys', 'config_missing', sourceless],
    ['with two sources of keys', 'config_invalid', { ...good, jwksUrl: 'https://keys.test' }],
    [
      'with an online check and no server',
      'config_missing',
      { ...sourceless, jwksUrl: 'https://keys.test', onlineCheck: check },
    ],
  ])('%s are reported', async (_, code, options) => {
    const error = await thrownBy(() => create(options))
    expect([error.code, error.message]).toEqual([code, expect.stringContaining('authSecUrl')])
  })

  test.each(['http://127.0.0.1:7468', 'http://localhost:7468/authsec', 'http://[::1]:7468'])(
    'may use plain http on this machine: %s',
    (authSecUrl) => {
      expect(() => createDelegationVerifier({ ...good, authSecUrl })).not.toThrow()
    },
  )

  test('may not use plain http for a host that begins like this machine', async () => {
    const error = await thrownBy(() => create({ ...good, authSecUrl: 'http://127.0.0.1.a.test' }))
    expect(error.message).toBe('authSecUrl must use https.')
  })

  test('are copied, so that a later change has no effect', async () => {
    const authority = createAuthority()
    const audience = ['records-api']
    const verifier = createTestVerifier(authority, { audience })
    audience[0] = 'other-api'
    await verifier.verify(await authority.sign())
  })
})
