import { thrown } from '@authsec-internal/test-kit'
import { describe, expect, it } from 'vitest'
import { createConfig } from '../src/config/config.ts'
import { ConfigError } from '../src/errors.ts'

const ID = 'a594430b-2bd4-4792-9666-63162ee858c5'
const good = { baseUrl: 'https://auth.example.com', clientId: ID }

describe('the base URL', () => {
  it.each([
    ['https://auth.example.com'],
    ['https://auth.example.com/'],
    ['https://auth.example.com/authsec'],
    ['https://auth.example.com/authsec//'],
    [' https://auth.example.com \n'],
    [new URL('https://auth.example.com/authsec')],
  ])('takes %j as the root or as the root with /authsec', (baseUrl) => {
    expect(createConfig({ ...good, baseUrl }).authSecUrl.href).toBe(
      'https://auth.example.com/authsec/',
    )
  })

  it.each([
    ['http://127.0.0.1:7468'],
    ['http://localhost:7468'],
    ['http://[::1]:7468'],
    ['https://10.0.0.5'],
  ])('takes %s: loopback over http, private addresses over https', (baseUrl) => {
    expect(() => createConfig({ ...good, baseUrl })).not.toThrow()
  })

  it.each([
    ['auth.example.com', /absolute URL/],
    ['http://auth.example.com', /https/],
    ['ftp://auth.example.com', /https/],
    ['https://user:pw@auth.example.com', /user name/],
    ['https://auth.example.com/?x=1', /query/],
    ['https://auth.example.com/#x', /fragment/],
    ['https://auth.example.com/uflow', /root of the AuthSec server|path/],
    ['https://auth.exa mple.com', /space/],
    ['https:\\\\auth.example.com', /backslash/],
    ['https://169.254.169.254/', /metadata/],
    ['https://[::ffff:169.254.169.254]/', /metadata/],
    ['https://2852039166/', /metadata/],
    ['https://0xa9fea9fe/', /metadata/],
    ['https://metadata.google.internal/', /metadata/],
    ['https://[fd00:ec2::254]/', /metadata/],
    ['https://[::]/', /metadata/],
    ['https://0.0.0.0/', /metadata/],
  ])('refuses %s, names the field and does not repeat the value', (baseUrl, words) => {
    const error = thrown(() => createConfig({ ...good, baseUrl })) as ConfigError
    expect(ConfigError.isInstance(error)).toBe(true)
    expect(`${error.message} ${error.hint}`).toMatch(words)
    expect(error.message).toMatch(/baseUrl/)
    expect(error.message).not.toContain(baseUrl)
  })
})

describe('the client ID', () => {
  it.each([
    [ID],
    [ID.toUpperCase()],
    [`  ${ID}\n`],
    [`{${ID}}`],
    [`urn:uuid:${ID}`],
    [ID.replaceAll('-', '')],
  ])('is sent in the one form the server finds, given as %j', (clientId) => {
    expect(createConfig({ ...good, clientId }).clientId).toBe(ID)
  })

  it.each([[''], ['abc'], [`${ID}0`], ['a594430b_2bd4_4792_9666_63162ee858c5']])(
    'refuses %j',
    (clientId) => {
      const error = thrown(() => createConfig({ ...good, clientId })) as ConfigError
      expect(error.message).toMatch(/clientId/)
      expect(error.hint).toMatch(/AUTHSEC_AGENT_CLIENT_ID|dashboard/)
    },
  )

  it('warns that spaces were removed', () => {
    expect(createConfig({ ...good, clientId: ` ${ID}` }).warnings).toEqual([
      expect.objectContaining({
        code: 'value_trimmed',
        message: expect.stringMatching(/clientId/),
      }),
    ])
  })
})

describe('the other options', () => {
  it.each([
    [{ timeoutMs: 0 }, 'timeoutMs'],
    [{ timeoutMs: Number.NaN }, 'timeoutMs'],
    [{ refreshMarginSeconds: -1 }, 'refreshMarginSeconds'],
    [{ maxTokenLifetimeSeconds: Number.POSITIVE_INFINITY }, 'maxTokenLifetimeSeconds'],
    [{ tenantId: 'acme' }, 'tenantId'],
    [{ apiToken: 'a\r\nx: y' }, 'apiToken'],
    [{ resources: [{ baseUrl: 'http://api.example.com' }] }, 'resources[0].baseUrl'],
    [{ resources: [{ baseUrl: 'https://a.test', methods: ['TRACE'] }] }, 'resources[0].methods'],
    [{ resources: [{ baseUrl: 'https://a.test', timeoutMs: -5 }] }, 'resources[0].timeoutMs'],
    [{ resources: [{ baseUrl: 'https://a.test' }, { baseUrl: 'https://a.test/x' }] }, '`name`'],
  ])('refuses %j and names %s', (options, named) => {
    const error = thrown(() => createConfig({ ...good, ...options })) as ConfigError
    expect(`${error.message} ${error.hint}`).toContain(named)
    expect(error.message).not.toContain('x: y')
  })

  it('asks for options when there are none', () => {
    expect(thrown(() => createConfig(undefined as never)).message).toMatch(/options/)
  })

  it('freezes what it returns', () => {
    expect(Object.isFrozen(createConfig(good))).toBe(true)
  })
})
