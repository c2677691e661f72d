import type { Emulator } from '@authsec/emulator'
import { rejection, startServer, testClient, testEmulator } from '@authsec-internal/test-kit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AuthSecClient } from '../src/client/client.ts'

let emulator: Emulator
beforeAll(async () => {
  emulator = await testEmulator()
})
afterAll(() => emulator.close())

/** A wide resource without a guard, and a narrow one below it with a permission that the agent lacks. */
function guarded(baseUrl: string, more: object = {}): AuthSecClient {
  return testClient(emulator, {
    resources: [
      { name: 'wide', baseUrl: `${baseUrl}/v1`, ...more },
      { name: 'admin', baseUrl: `${baseUrl}/v1/admin`, permission: 'vault:admin' },
    ],
  })
}

const spellings = [
  'admin/users',
  '%61dmin/users',
  '%41dmin/users',
  'a%64m%69n/users',
  'ADMIN/users',
  'Admin/users',
  'admin;x=1/users',
  'ADMIN;jsessionid=0/users',
  'admin./users',
  'admin%20/users',
  '/admin/users',
  'x/..;/admin/users',
  '%2561dmin/users',
  '%EF%BD%81dmin/users',
  ';%EF%BC%8F169.254.169.254/admin/users',
  ';%25EF%25BC%258Fx/admin/users',
  ';%25252Fx/admin/users',
  ';%2525252Fx/admin/users',
  'x;%25252Fy/..;%25252Fz/admin/users',
  ';%2525EF%2525BC%25258Fx/admin/users',
  ';%EF%BC%BCx/admin/users',
  ';a%EF%BC%8Fb;c/admin/users',
  '%EF%BC%8Fadmin/users',
  'x%EF%BC%8F..%EF%BC%8Fadmin/users',
  'admin%EF%BC%8Fusers',
  'admin%EF%BC%9Bx/users',
  '%EF%BC%8561dmin/users',
  '%25aadmin/users',
  '%25AAdmin/users',
  'admin%25a0/users',
  '%25e2%2582admin/users',
  'adm%C4%B1n/users',
  'admin',
  'ADMIN',
]

describe('a resource whose base has escapes', () => {
  it.each(['a%20b', 'caf%C3%A9/x', 'a%2520b', 'x;v=1', '100%25'])(
    'is called at %s',
    async (endpoint) => {
      await using api = await startServer((_request, response) =>
        response.setHeader('content-type', 'application/json').end('{}'),
      )
      const client = testClient(emulator, {
        resources: ['', 'caf%C3%A9/', 'a%20b/'].map((base) => ({
          name: base || 'wide',
          baseUrl: `${api.baseUrl}/v1/${base}`,
        })),
      })
      await client.secureFetch({ resource: 'caf%C3%A9/', endpoint })
      expect(api.count).toBe(1)
    },
  )
})

describe('the rules of a narrow resource', () => {
  it.each(spellings)('are not bypassed through a wider one by %s', async (endpoint) => {
    await using api = await startServer((_request, response) => response.end('{}'))
    const client = guarded(api.baseUrl)
    const call = { resource: 'wide', endpoint }
    const errors = [
      await rejection(client.secureFetch(call)),
      await rejection(client.plan(call)),
      await rejection(client.fetch(`${api.baseUrl}/v1/${endpoint}`)),
    ]
    for (const error of errors) {
      expect(error).toMatchObject({
        code: expect.stringMatching(/^(endpoint_refused|permission_missing)$/),
      })
    }
    expect(api.count).toBe(0)
  })

  it.each(['admin/users', 'ADMIN/users', '%61dmin/users', '/v1/admin/users', '//evil.test/v1/x'])(
    'are not bypassed by a redirect to %s',
    async (location) => {
      const seen: unknown[] = []
      await using api = await startServer((request, response) => {
        seen.push(request.url)
        response.writeHead(302, { location }).end()
      })
      const client = guarded(api.baseUrl, { sameOriginRedirects: 3 })
      const call = { resource: 'wide', endpoint: 'start' }
      expect(await rejection(client.secureFetch(call))).toMatchObject({ code: 'redirect_blocked' })
      expect(seen).toEqual(['/v1/start'])
    },
  )

  it.each([
    ['administrators/7', '/v1/administrators/7'],
    ['users/admin', '/v1/users/admin'],
    ['caf%C3%A9/menu', '/v1/caf%C3%A9/menu'],
    ['a;v=1.2/b', '/v1/a;v=1.2/b'],
    ['x%20y', '/v1/x%20y'],
    ['100%25', '/v1/100%25'],
    ['50%25%20off', '/v1/50%25%20off'],
    ['5%25z', '/v1/5%25z'],
  ])('leave %s to the wider one', async (endpoint, path) => {
    const seen: unknown[] = []
    await using api = await startServer((request, response) => {
      seen.push(request.url)
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
    })
    const call = guarded(api.baseUrl).secureFetch({ resource: 'wide', endpoint })
    await call
    expect(seen).toEqual([path])
  })

  it('follow a redirect that stays under the rules of its own resource', async () => {
    await using api = await startServer((request, response) => {
      if (request.url === '/v1/start') response.writeHead(302, { location: 'end' }).end()
      else response.writeHead(200, { 'content-type': 'application/json' }).end('{"end":true}')
    })
    const client = guarded(api.baseUrl, { sameOriginRedirects: 1 })
    const { data } = await client.secureFetch({ resource: 'wide', endpoint: 'start' })
    expect(data).toEqual({ end: true })
  })
})
