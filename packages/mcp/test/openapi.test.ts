import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startRecordingApi, testEmulator, watch } from '@authsec-internal/test-kit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type AnyClient, clients, type Env, liveEnv, ServerProcess } from './support/processes.ts'

const box = fileURLToPath(new URL('../../core/test/fixtures/openapi/box.json', import.meta.url))

/** Nothing is sent before the first call. */
const live = liveEnv({
  baseUrl: 'https://auth.example.com',
  clientId: 'a594430b-2bd4-4792-9666-63162ee858c5',
  vaultUrl: 'https://api.example.com/v1',
})

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'authsec-openapi-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function file(name: string, content: object | string | Uint8Array): Promise<string> {
  const path = join(folder, name)
  const isRaw = typeof content === 'string' || content instanceof Uint8Array
  await writeFile(path, isRaw ? content : JSON.stringify(content))
  return path
}

const id = { name: 'id', in: 'path', required: true, schema: { type: 'string' } }
const pets = {
  openapi: '3.0.3',
  servers: [{ url: 'https://evil.test/v9' }],
  paths: {
    '/pets': { get: { operationId: 'listPets', summary: 'All pets' } },
    '/pets/{id}': { parameters: [id], delete: { operationId: 'removePet' } },
  },
}

async function withClient<T>(
  env: Env,
  args: readonly string[],
  work: (client: AnyClient) => Promise<T>,
): Promise<T> {
  const client = await clients['v2 client over stdio']?.(env, args)
  if (!client) throw new Error('There is no client.')
  try {
    return await work(client)
  } finally {
    await client.close()
  }
}

const namesOf = (client: AnyClient): Promise<string[]> =>
  client.listTools().then(({ tools }) => tools.map(({ name }) => name))

describe('the program with a document of OpenAPI', () => {
  it('offers the operations that the resource allows, and nothing else of the API', async () => {
    await using emulator = await testEmulator()
    await using api = await startRecordingApi()
    const env = { ...liveEnv(emulator), AUTHSEC_API_URL: `${api.baseUrl}/v1` }
    const args = ['--openapi', await file('pets.json', pets)]
    const result = await withClient(env, args, async (client) => {
      expect(await namesOf(client)).toEqual(['listPets', 'authsec_whoami'])
      return client.callTool({ name: 'listPets', arguments: {} })
    })
    watch('a result', result)
    expect(result).toMatchObject({ structuredContent: { ok: true } })
    expect(api.requests).toMatchObject([{ method: 'GET', url: '/v1/pets' }])
  })

  it('tells what it leaves out, and is silent about it with --quiet', async () => {
    const path = await file('told.json', pets)
    await using server = new ServerProcess(['--openapi', path], live)
    await server.saw(/authsec-mcp: About the resource \(base_path at #\/servers\/0\/url\): .+\n/)
    await server.saw(
      /authsec-mcp: 1 of 2 operations have a method that the resource does not allow: GET, HEAD are allowed\./,
    )
    expect(server.stdout).toBe('')
    await using quiet = new ServerProcess(['--openapi', path, '--quiet'], live)
    quiet.child.stdin.end()
    await quiet.exited
    expect(quiet.stderr).toBe('')
  })

  it('asks a person before an unsafe method, by the rule of the configuration', async () => {
    await using emulator = await testEmulator()
    await using api = await startRecordingApi()
    await file('pets.json', pets)
    const config = await file('tools.json', {
      resources: [{ name: 'pets', baseUrl: api.baseUrl, methods: ['GET', 'DELETE'] }],
      openapi: {
        file: 'pets.json',
        include: { methods: ['DELETE'] },
        approval: { approver: 'approver@example.com', message: 'Remove {id}?' },
        namePrefix: 'zoo',
      },
      operations: [{ name: 'own', description: 'Own.', path: 'own' }],
    })
    emulator.control.scriptApproval('deny')
    const answer = await withClient(liveEnv(emulator), ['--config', config], async (client) => {
      expect(await namesOf(client)).toEqual(['own', 'zoo_removePet', 'authsec_whoami'])
      return client.callTool({ name: 'zoo_removePet', arguments: { id: '7' } })
    })
    expect(answer).toMatchObject({ structuredContent: { ok: false, code: 'approval_denied' } })
    expect(emulator.control.approvals()).toMatchObject([
      { bindingMessage: expect.stringMatching(/^Remove "7"\?/) },
    ])
    expect(api.requests).toEqual([])
  })

  it('offers the tools of a product', async () => {
    const config = await file('box-tools.json', { openapi: { headers: ['box-version'] } })
    const args = ['--config', config, '--openapi', box]
    const names = await withClient({ AUTHSEC_MODE: 'mock' }, args, namesOf)
    expect(names).toContain('get_hubs_v2025_0')
    expect(names.filter((name) => /^(post|put|delete)_/.test(name))).toEqual([])
  })

  it.each<[string, () => Promise<string[]>, RegExp]>([
    [
      'is not there',
      async () => ['--openapi', 'missing.json'],
      /OpenAPI document missing\.json cannot be read\. Correct --openapi/,
    ],
    [
      'is YAML',
      async () => ['--openapi', await file('a.yaml', 'openapi: 3.1.0')],
      /a\.yaml: The OpenAPI document is not the JSON of an object\. YAML is not read/,
    ],
    [
      'is not text',
      async () => ['--openapi', await file('b.json', new Uint8Array([0x7b, 0xff, 0xfe, 0x80]))],
      /b\.json is not text\./,
    ],
    [
      'is Swagger 2',
      async () => ['--openapi', await file('c.json', { swagger: '2.0' })],
      /c\.json: The OpenAPI document is of Swagger 2\./,
    ],
    [
      'has no operations',
      async () => ['--openapi', await file('d.json', { openapi: '3.1.0' })],
      /d\.json gives no tool\./,
    ],
    [
      'is named nowhere',
      async () => ['--config', await file('e.json', { openapi: {} })],
      /names no document\. Add `file`/,
    ],
    [
      'lacks what is included',
      async () => [
        '--openapi',
        await file('f.json', pets),
        '--config',
        await file('g.json', { openapi: { include: { tags: ['x'] } } }),
      ],
      /include\.tags.* names "x"/,
    ],
  ])('ends with one line when it %s', async (_what, argsOf, message) => {
    await using server = new ServerProcess([...(await argsOf()), '--quiet'], live)
    expect(await server.exited).toBe(1)
    expect(server.stderr).toMatch(/^authsec-mcp: .+\n$/)
    expect(server.stderr).toMatch(message)
  })
})
