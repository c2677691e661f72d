import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { rejection, thrown } from '@authsec-internal/test-kit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { z } from 'zod'
import { type CommandLine, parseCommandLine } from '../src/config/command-line.ts'
import { parseConfig, readConfigFile } from '../src/config/config-file.ts'
import { createParts } from '../src/config/settings.ts'
import { createInbound, publicUrlOf } from '../src/http/http-settings.ts'
import { ServerProcess } from './support/processes.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'authsec-mcp-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function file(content: object | string, name = 'tools.json'): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content))
  return path
}

const operation = { name: 'get_x', description: 'X.', path: 'x' }
const oneParam = { properties: { y: { type: 'string' } } }
const withParam = (schema: object): object => ({
  operations: [{ ...operation, params: { properties: { id: schema } } }],
})

describe('a configuration file', () => {
  it.each<[string, object | string, RegExp]>([
    ['that is not JSON', '{', /The configuration file .+tools\.json is not JSON\./],
    ['that is a list', [], /tools\.json: the configuration must be an object, not a list\./],
    ['with an unknown field', { tools: [] }, /: Unknown option "tools" in the configuration/],
    [
      'with an unknown field inside',
      { operations: [{ ...operation, url: 'x' }] },
      /Unknown option "url" in operations\[0\]/,
    ],
    [
      'without a description',
      { operations: [{ name: 'x', path: 'y' }] },
      /operations\[0\]\.description is missing/,
    ],
    [
      'with an unknown method',
      { operations: [{ ...operation, method: 'GRAB' }] },
      /operations\[0\]\.method must be one of 'GET'/,
    ],
    [
      'with a resource that has no address',
      { resources: [{ name: 'x' }] },
      /resources\[0\]\.baseUrl is missing/,
    ],
    ['with a secret', { ciba: { clientSecret: 'x' } }, /Unknown option "clientSecret" in ciba/],
    [
      'with a credential in the headers of a resource',
      { resources: [{ baseUrl: 'https://x.example.com', headers: { 'X-Api-Key': 'k' } }] },
      /: resources\[0\]\.headers has a credential, and a secret must not stand in a file\.$/,
    ],
    [
      'with a credential in the headers of an operation',
      { operations: [{ ...operation, headers: { 'x-a': '1', 'Private-Token': 'k' } }] },
      /: operations\[0\]\.headers has a credential/,
    ],
    [
      'with a header that is reserved',
      { operations: [{ ...operation, headers: { Authorization: 'k' } }] },
      /: operations\[0\]\.headers\.Authorization is no name of a header/,
    ],
    [
      'with a key that seals approvals',
      { approvals: { keys: [{ kid: 'k1', key: 'c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3I' }] } },
      /: approvals\.keys must not stand in a file, because it is a secret\.$/,
    ],
    ['with an empty list of keys', { approvals: { keys: [] } }, /approvals\.keys must not stand/],
    ['with a key as a text', { approvals: { keys: 'k1:c2VjcmV0' } }, /approvals\.keys must not/],
    ['with no keys as null', { approvals: { keys: null } }, /approvals\.keys must not stand/],
    [
      'with a rule that suspends the call',
      { operations: [{ ...operation, approval: { message: 'Do?', wait: 'suspend' } }] },
      /operations\[0\]\.approval\.wait has no place in the configuration/,
    ],
    [
      'with a resource whose rule says how to wait',
      { resources: [{ baseUrl: 'https://a.test', approval: { message: 'Do?', wait: 'block' } }] },
      /resources\[0\]\.approval\.wait has no place/,
    ],
    [
      'with a fetch tool whose rule says how to wait',
      { secureFetch: { approval: { message: 'Do?', wait: 'later' } } },
      /secureFetch\.approval\.wait has no place/,
    ],
    [
      'with an approver that is a function or a list',
      { operations: [{ ...operation, approval: { message: 'Do?', approver: ['a@example.com'] } }] },
      /operations\[0\]\.approval\.approver must be/,
    ],
    [
      'with a channel that does not exist',
      { operations: [{ ...operation, approval: { message: 'Do?', channel: 'sms' } }] },
      /operations\[0\]\.approval\.channel must be one of 'ciba', 'action-guard'/,
    ],
    [
      'with an approval rule that has no message',
      { operations: [{ ...operation, approval: {} }] },
      /operations\[0\]\.approval\.message is missing/,
    ],
    [
      'with a parameter of an unsupported type',
      withParam({ type: 'object' }),
      /operations\[0\]\.params cannot be used as a schema: An object does not say its properties \(#\/properties\/id\)\./,
    ],
    [
      'with a keyword that would not be checked',
      withParam({ type: 'string', contentEncoding: 'base64' }),
      /The keyword contentEncoding is not checked here \(#\/properties\/id\/contentEncoding\)/,
    ],
    [
      'with a pattern that is not a regular expression',
      withParam({ type: 'string', pattern: '(' }),
      /A pattern is not a regular expression \(#\/properties\/id\/pattern\)/,
    ],
    [
      'with a default that does not fit',
      withParam({ type: 'integer', default: 'x' }),
      /A default does not fit .+ \(#\/properties\/id\/default\)/,
    ],
    [
      'with an enum whose values have another type',
      withParam({ type: 'string', enum: [1] }),
      /A listed value is not of the type that is named \(#\/properties\/id\/enum\)/,
    ],
    [
      'with a required parameter that it does not declare',
      { operations: [{ ...operation, params: { ...oneParam, required: ['x'] } }] },
      /params cannot be used as a schema: A required property is not described \(#\)/,
    ],
  ])('%s is refused with one sentence', async (_what, content, message) => {
    const error = await rejection(readConfigFile(await file(content)))
    expect(error).toMatchObject({ name: 'ConfigError', hint: expect.stringMatching(/\w/) })
    expect(error.message).toMatch(message)
    expect(error.message).not.toContain('\n')
  })

  it.each([
    ['nowhere.json', /cannot be read/],
    ['nowhere.ts', /cannot be read/],
    ['tools.yaml', /must end in \.json, \.ts/],
  ])('%s is refused', async (name, message) => {
    expect((await rejection(readConfigFile(join(folder, name)))).message).toMatch(message)
  })

  it.each([
    ['export const x = 1', /has no default export/],
    ['throw new Error("broken\\n    at secret place")', /cannot be loaded: broken/],
    ['export default {', /cannot be loaded/],
  ])('a module %j is refused in one line', async (content, message) => {
    const path = await file(content, `module-${content.length}.mjs`)
    const error = await rejection(readConfigFile(path))
    expect(error.message).toMatch(message)
    expect(error.message).not.toContain('\n')
  })

  it('accepts every field in JSON', async () => {
    const config = await readConfigFile(
      await file({
        name: 'tools',
        resources: [{ name: 'a', baseUrl: 'https://a.test', methods: ['GET', 'POST'] }],
        operations: [
          {
            ...operation,
            method: 'POST',
            path: 'x/{id}',
            params: {
              type: 'object',
              properties: { id: { type: 'integer', minimum: 1 }, note: { type: 'string' } },
              required: ['id'],
            },
            approval: {
              approver: 'a@example.com',
              message: 'Do {id}?',
              channel: 'action-guard',
              risk: { rowCount: 3, pii: true, env: 'production' },
              limits: { openPerApprover: 2 },
            },
          },
        ],
        secureFetch: false,
        ciba: { loginHint: 'a@example.com' },
      }),
    )
    expect(config).toMatchObject({ name: 'tools', secureFetch: false, ciba: {} })
    const params = config.operations[0]?.params as z.ZodObject
    expect(params.safeParse({ id: 1 }).success).toBe(true)
    expect(params.safeParse({ id: 0 }).success).toBe(false)
  })
})

describe('parameters that are written as JSON Schema', () => {
  const params = {
    properties: {
      id: { type: 'string', minLength: 2, maxLength: 4, pattern: '^[a-z]+$' },
      count: { type: 'integer', minimum: 0, maximum: 9, default: 3 },
      ratio: { type: 'number' },
      deep: { type: 'boolean' },
      kind: { type: 'string', enum: ['a', 'b'] },
      level: { type: 'integer', enum: [1, 2] },
    },
    required: ['id'],
  }
  const [read] = parseConfig({ operations: [{ ...operation, params }] }).operations
  const schema = read?.params as z.ZodObject

  it.each([
    [{ id: 'ab' }, { id: 'ab', count: 3 }],
    [
      { id: 'abcd', count: 9, ratio: 0.5, deep: true, kind: 'b', level: 2 },
      { id: 'abcd', count: 9, ratio: 0.5, deep: true, kind: 'b', level: 2 },
    ],
  ])('accept %j', (input, output) => expect(schema.parse(input)).toEqual(output))

  it.each([
    [{}],
    [{ id: 'a' }],
    [{ id: 'abcde' }],
    [{ id: 'AB' }],
    [{ id: 'ab', count: 10 }],
    [{ id: 'ab', count: 1.5 }],
    [{ id: 'ab', ratio: '1' }],
    [{ id: 'ab', deep: 1 }],
    [{ id: 'ab', kind: 'c' }],
    [{ id: 'ab', level: 3 }],
  ])('refuse %j', (input) => expect(schema.safeParse(input).success).toBe(false))
})

describe('the command line', () => {
  it.each<[string[], RegExp]>([
    [['--nope'], /Unknown option '--nope'/],
    [['stray'], /Unexpected argument 'stray'/],
    [['--config'], /argument missing/],
    [['--http', 'x'], /--http must be a port/],
    [['--http', '65536'], /--http must be a port/],
    [['--store'], /argument missing/],
    [['--host', '0.0.0.0'], /--host requires --http/],
    [['--allow-host', 'x'], /--allow-host requires --http/],
    [['--allow-origin', 'x'], /--allow-origin requires --http/],
    [['--http', '1', '--allow-host', 'http://x'], /--allow-host must be a host name/],
    [['--http', '1', '--allow-origin', 'https://x/y'], /--allow-origin must be an origin/],
  ])('refuses %j with one sentence', (argv, message) => {
    const error = thrown(() => parseCommandLine(argv))
    expect(error.name).toBe('ConfigError')
    expect(error.message).toMatch(message)
    expect(error.message).not.toContain('\n')
  })

  it('selects stdio without options', () => {
    const expected: Partial<CommandLine> = { http: undefined, config: undefined, quiet: false }
    expect(parseCommandLine([])).toMatchObject(expected)
  })
})

describe('the environment', () => {
  const live = {
    AUTHSEC_BASE_URL: 'https://auth.example.com',
    AUTHSEC_AGENT_CLIENT_ID: 'a594430b-2bd4-4792-9666-63162ee858c5',
    AUTHSEC_API_URL: 'https://api.example.com',
  }
  const http = { port: 0, host: '127.0.0.1', allowedHosts: [], allowedOrigins: [] }
  const silent = { onEvent: () => undefined }
  const audience = { AUTHSEC_MCP_AUDIENCE: 'mcp' }

  it('limits the client by the budget of the file', async () => {
    const config = await readConfigFile(await file({ budget: { callsPerWindow: 2 } }))
    const { client } = createParts({ AUTHSEC_MODE: 'mock' }, config, silent)
    for (let call = 0; call < 2; call++) await client.secureFetch({ endpoint: 'metrics' })
    expect(await rejection(client.secureFetch({ endpoint: 'metrics' }))).toMatchObject({
      code: 'budget_exceeded',
    })
  })

  it.each<[object, RegExp]>([
    [{ callsPerWindow: 0 }, /budget\.callsPerWindow must be a number above 0/],
    [{ windowMs: 1 }, /budget\.windowMs/],
    [{ callPerWindow: 600 }, /callsPerWindow/],
  ])('refuses the budget %j', async (budget, message) => {
    const config = await readConfigFile(await file({ budget }))
    const env = { AUTHSEC_MODE: 'mock' }
    const error = thrown(() => createParts(env, config, silent))
    expect(`${error.message} ${(error as { hint?: string }).hint}`).toMatch(message)
  })

  it.each<[string, Record<string, string>, Parameters<typeof createParts>[1], RegExp]>([
    ['no API', { ...live, AUTHSEC_API_URL: '' }, undefined, /No protected API is configured/],
    ['no server', {}, undefined, /No AuthSec server is configured/],
    ['half a server', { AUTHSEC_BASE_URL: 'https://a.test' }, undefined, /CLIENT_ID is not/],
  ])('is refused with %s', (_what, env, config, message) => {
    expect(thrown(() => createParts(env, config, silent)).message).toMatch(message)
  })

  it.each<[string, Record<string, string>, string, 'live' | 'mock', RegExp]>([
    [
      'another address without a verifier',
      live,
      '0.0.0.0',
      'live',
      /Everybody who reaches 0\.0\.0\.0/,
    ],
    [
      'a host name that only begins like a local address',
      live,
      '127.0.0.1.evil.test',
      'live',
      /Everybody who reaches/,
    ],
    [
      'an audience without a tenant',
      { ...live, ...audience },
      '127.0.0.1',
      'live',
      /AUTHSEC_TENANT_ID is not/,
    ],
    ['an audience in mock mode', audience, '127.0.0.1', 'mock', /in mock mode no caller/],
    [
      'a tenant ID that is not a UUID',
      { ...live, ...audience, AUTHSEC_TENANT_ID: 'x' },
      '127.0.0.1',
      'live',
      /Callers cannot be checked: .*tenantId/,
    ],
  ])('is refused with %s', (_what, env, host, mode, message) => {
    const make = () => createInbound(env, { ...http, host }, mode, 'http://127.0.0.1:1/mcp')
    expect(thrown(make).message).toMatch(message)
  })

  it('makes the server check callers at any address when an audience is set', () => {
    const env = { ...live, ...audience, AUTHSEC_TENANT_ID: '6f2c1d0e-8a77-4f57-9a39-0c6f3e6f6f10' }
    const inbound = createInbound(env, { ...http, host: '0.0.0.0' }, 'live', 'https://m.test/mcp')
    expect(inbound).toMatchObject({ authSecUrl: live.AUTHSEC_BASE_URL })
  })

  it.each(['x', 'ftp://m.test', 'https://m.test/?q=1'])(
    'is refused with %s as the public URL',
    (url) => {
      const env = { AUTHSEC_MCP_PUBLIC_URL: url }
      expect(thrown(() => publicUrlOf(env, 'http://127.0.0.1:1')).message).toMatch(
        /AUTHSEC_MCP_PUBLIC_URL is not the address of a server/,
      )
    },
  )
})

describe.concurrent('the program', () => {
  it.each<[string, string[], Record<string, string>, number, RegExp]>([
    ['prints its help', ['--help'], {}, 0, /^Usage: authsec-mcp|Usage: authsec-mcp/],
    ['prints its version', ['--version'], {}, 0, /^\d+\.\d+\.\d+\n$/],
    [
      'ends with one line',
      ['--http', '0', '--host', '0.0.0.0', '--quiet'],
      { AUTHSEC_MODE: 'mock' },
      1,
      /authsec-mcp: Everybody .*\n$/,
    ],
  ])('%s', async (_what, args, env, code, output) => {
    await using server = new ServerProcess(args, env)
    expect(await server.exited).toBe(code)
    expect(code === 0 ? server.stdout : server.stderr).toMatch(output)
    expect(code === 0 ? server.stderr : server.stdout).toBe('')
  })

  it('ends with one line for an operation of a resource that is not configured', async () => {
    const config = await file({ operations: [{ ...operation, resource: 'other' }] }, 'other.json')
    await using server = new ServerProcess(['--config', config, '--quiet'], {
      AUTHSEC_MODE: 'mock',
    })
    expect(await server.exited).toBe(1)
    expect(server.stderr).toMatch(/^authsec-mcp: operations\[0\]: .+get_x.+resource.+\n$/m)
  })
})

describe('the program with a shared store', () => {
  const key = Buffer.from(Array.from({ length: 32 }, (_, index) => index)).toString('base64url')
  const live = {
    AUTHSEC_BASE_URL: 'https://auth.example.com',
    AUTHSEC_AGENT_CLIENT_ID: 'a594430b-2bd4-4792-9666-63162ee858c5',
    AUTHSEC_API_URL: 'https://api.example.com',
  }

  it.each<[string, () => Promise<string>, Record<string, string>, RegExp]>([
    [
      'without keys that other processes have too',
      async () => join(folder, 'store'),
      {},
      /--store is given, but AUTHSEC_APPROVAL_KEYS is not set\. Set it to KID:KEY/,
    ],
    [
      'with a blank variable for the keys',
      async () => join(folder, 'store'),
      { AUTHSEC_APPROVAL_KEYS: ' ' },
      /AUTHSEC_APPROVAL_KEYS is not set/,
    ],
    [
      'with a key that is too short',
      async () => join(folder, 'store'),
      { AUTHSEC_APPROVAL_KEYS: 'k1:abcd' },
      /AUTHSEC_APPROVAL_KEYS\[0\]\.key must be 32 random bytes/,
    ],
    [
      'in a directory that is a file',
      () => file('{}', 'store.json'),
      { AUTHSEC_APPROVAL_KEYS: `k1:${key}` },
      /directory/,
    ],
  ])('does not start %s, and says why', async (_what, directory, keys, message) => {
    await using server = new ServerProcess(['--store', await directory()], { ...live, ...keys })
    expect(await server.exited).toBe(1)
    expect(server.stderr).toMatch(message)
    expect(server.stderr.trim().split('\n')).toHaveLength(1)
    expect(server.stdout + server.stderr).not.toContain(key)
  })

  it('does not start with token keys that have no store, and names the option', async () => {
    await using server = new ServerProcess([], { ...live, AUTHSEC_TOKEN_KEYS: `k1:${key}` })
    expect(await server.exited).toBe(1)
    expect(server.stderr).toMatch(
      /AUTHSEC_TOKEN_KEYS is set, but --store is not given\. Give --store/,
    )
    expect(server.stderr).not.toContain(key)
  })
})
