import { readFileSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { createDelegationVerifier } from '../src/index.ts'
import { AUDIENCE, createAuthority, TENANT_ID } from './support/authority.ts'
import { createFakeClock } from './support/fake-clock.ts'
import { SECRET, thrownBy } from './support/mistakes.ts'
import { codeOf, createTestVerifier } from './support/verifier.ts'

/** What the resolver answers, by name; other names are resolved as usual. */
const answers = new Map<string, string[]>()

vi.mock('node:dns', async (importOriginal) => {
  const dns = await importOriginal<typeof import('node:dns')>()
  const lookup = (name: string, options: object, done: (...result: unknown[]) => void): void => {
    const known = answers.get(name)?.map((address) => ({
      address,
      family: address.includes(':') ? 6 : 4,
    }))
    if (known) queueMicrotask(() => done(null, known))
    else Reflect.apply(dns.lookup, undefined, [name, options, done])
  }
  return { ...dns, lookup }
})

const servers = new Set<{ closeAllConnections(): void; close(): unknown }>()
afterEach(() => {
  answers.clear()
  for (const server of servers) {
    server.closeAllConnections()
    server.close()
  }
  servers.clear()
})

/** A server on 127.0.0.1 that counts its connections. */
async function listen(listener: RequestListener): Promise<{ port: number; connections(): number }> {
  let connections = 0
  const server = createServer(listener).on('connection', () => {
    connections += 1
  })
  servers.add(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { port: (server.address() as AddressInfo).port, connections: () => connections }
}

/** A key server of an authority, and the result of verifying a token with its keys. */
async function keyServer() {
  const authority = createAuthority(createFakeClock(Date.now()))
  const server = await listen((_, response) => {
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ keys: [authority.key.jwk] }))
  })
  const verifyWith = async (jwksUrl: string): Promise<string> => {
    const options = { tenantId: TENANT_ID, audience: AUDIENCE }
    const verifier = createDelegationVerifier({ ...options, jwksUrl })
    return await codeOf(verifier.verify(await authority.sign()))
  }
  return { ...server, verifyWith }
}

const forbiddenHosts = [
  ...[
    '169.254.169.254',
    '169.254.0.1',
    '0xa9fea9fe',
    '2852039166',
    '169.254.43518',
    '168.63.129.16',
  ],
  ...[
    '169.254.169.254.',
    '100.100.100.200',
    '192.0.0.192',
    '0.0.0.0',
    '224.0.0.1',
    '255.255.255.255',
  ],
  ...['[fd00:ec2::254]', '[fd00:ec2::23]', '[FD20:CE::254]', '[fe80::1]', '[::]', '[ff02::1]'],
  ...['[::ffff:169.254.169.254]', '[::ffff:0:a9fe:a9fe]', '[64:ff9b::169.254.169.254]'],
  ...['[64:ff9b:1::1]', '[2002:a9fe:a9fe::]', '[::169.254.169.254]', '[2002:a83f:8110::5]'],
  ...['metadata', 'metadata.goog', 'metadata.google.internal', 'METADATA.google.internal.'],
  ...['instance-data', 'instance-data.ec2.internal'],
]

describe('the address of a key server', () => {
  test.each(forbiddenHosts)('must not be %s, with either option', async (host) => {
    for (const option of ['authSecUrl', 'jwksUrl']) {
      const source = { [option]: `https://${host}/` }
      const error = await thrownBy(() => createTestVerifier(createAuthority(), source))
      expect(error.message).toBe(`${option} must not name a link-local or metadata address.`)
    }
  })

  test('must not be one for online checks either, and the error repeats no value', async () => {
    const error = await thrownBy(() =>
      createTestVerifier(createAuthority(), {
        authSecUrl: new URL('https://169.254.169.254/'),
        onlineCheck: { whenUnavailable: 'accept' },
      }),
    )
    expect(error.message + error.hint).not.toContain('169')
    expect(error.message + error.hint).not.toContain(SECRET)
  })

  test.each([
    ...['https://10.0.0.5', 'https://192.168.1.1', 'https://172.16.0.1:8443', 'https://[fd00::1]'],
    ...[
      'https://169.253.0.1',
      'https://metadata.example.com',
      'https://[::1]',
      'https://127.0.0.1',
    ],
  ])('may be the private or public one %s', (url) => {
    const authority = createAuthority()
    expect(() => createTestVerifier(authority, { authSecUrl: url })).not.toThrow()
    expect(() => createTestVerifier(authority, { jwksUrl: url })).not.toThrow()
  })
})

describe('the name of a key server', () => {
  test.each([
    ...[['169.254.169.254'], ['10.0.0.5', '169.254.169.254'], ['fd00:ec2::254'], ['fe80::1%eth0']],
    ...[['127.0.0.1', '::ffff:169.254.1.1'], ['168.63.129.16'], ['0.0.0.0'], ['64:ff9b:1::1']],
  ])('is not connected to when an answer of %j, %j is forbidden', async (...addresses) => {
    const server = await keyServer()
    answers.set('keys.example.test', addresses)
    const url = `https://keys.example.test:${server.port}/`
    expect(await server.verifyWith(url)).toBe('keys_unavailable')
    expect(server.connections()).toBe(0)
  })

  test('is connected to when it resolves to a private address', async () => {
    const server = await keyServer()
    answers.set('keys.example.test', ['127.0.0.1'])
    // The connection is made. It fails there, because the server has no certificate.
    const url = `https://keys.example.test:${server.port}/`
    expect(await server.verifyWith(url)).toBe('keys_unavailable')
    expect(server.connections()).toBe(1)
  })

  test.each([
    ...[['10.0.0.5'], ['192.0.2.1', '10.0.0.5'], ['fd00::1'], ['169.254.169.254'], ['0.0.0.0']],
  ])('localhost is not connected to when it resolves to %j', async (...addresses) => {
    const server = await keyServer()
    answers.set('localhost', addresses)
    expect(await server.verifyWith(`http://localhost:${server.port}/`)).toBe('keys_unavailable')
    expect(server.connections()).toBe(0)
  })

  test.each([
    [['127.0.0.1']],
    [['10.0.0.5', '127.0.0.1']],
    [['169.254.169.254', '127.0.0.1']],
    [['::1', '127.0.0.1']],
  ])('localhost is connected to at the loopback addresses among %j', async (addresses) => {
    const server = await keyServer()
    answers.set('localhost', addresses)
    expect(await server.verifyWith(`http://localhost:${server.port}/`)).toBe('ok')
    expect(server.connections()).toBe(1)
  })
})

describe('a request without the option fetch', () => {
  test('loads keys from 127.0.0.1, and sends the token to the online check only', async () => {
    const authority = createAuthority(createFakeClock(Date.now()))
    const seen: string[] = []
    const { port } = await listen((request, response) => {
      const path = new URL(request.url ?? '/', 'http://x').pathname.split('/').at(-1)
      let body = ''
      request.setEncoding('utf8').on('data', (chunk: string) => {
        body += chunk
      })
      request.on('end', () => {
        seen.push(
          `${request.method} ${path} ${body === '' ? 'empty' : typeof JSON.parse(body).token}`,
        )
        const answer = path === 'bundle' ? { keys: [authority.key.jwk] } : { valid: true }
        response.end(JSON.stringify(answer))
      })
    })
    const verifier = createDelegationVerifier({
      authSecUrl: `http://127.0.0.1:${port}`,
      tenantId: TENANT_ID,
      audience: AUDIENCE,
      onlineCheck: { whenUnavailable: 'reject' },
    })
    expect(await codeOf(verifier.verify(await authority.sign()))).toBe('ok')
    expect(seen).toEqual(['GET bundle empty', 'POST validate string'])
  })

  test.each([301, 302, 303, 307, 308])('does not follow a redirect with %i', async (status) => {
    const other = await keyServer()
    const server = await listen((_, response) => {
      response.writeHead(status, { location: `http://127.0.0.1:${other.port}/` }).end()
    })
    expect(await other.verifyWith(`http://127.0.0.1:${server.port}/`)).toBe('keys_unavailable')
    expect(other.connections()).toBe(0)
  })

  test.each<[string, RequestListener]>([
    ['204', (_, response) => void response.writeHead(204).end()],
    ['304', (_, response) => void response.writeHead(304).end()],
    ['a body of 65 KiB', (_, response) => void response.end(`"${'x'.repeat(66_560)}"`)],
    [
      'half a body',
      (_, response) => {
        response.writeHead(200, { 'content-length': 100 }).write('{"keys":')
        setImmediate(() => response.destroy())
      },
    ],
    ['a reset connection', (request) => void request.socket.resetAndDestroy()],
  ])('fails with %s', async (_, listener) => {
    const { verifyWith } = await keyServer()
    const server = await listen(listener)
    expect(await verifyWith(`http://127.0.0.1:${server.port}/`)).toBe('keys_unavailable')
  })
})

test('a fetch option that follows redirects is reported as a mistake', async () => {
  const authority = createAuthority(createFakeClock(Date.now()))
  const target = await listen((_, response) => {
    response.end(JSON.stringify({ keys: [authority.key.jwk] }))
  })
  const server = await listen((_, response) => {
    response.writeHead(302, { location: `http://127.0.0.1:${target.port}/` }).end()
  })
  const verifier = createTestVerifier(authority, {
    jwksUrl: `http://127.0.0.1:${server.port}/`,
    fetch: (input) => fetch(input),
  })
  const error = await thrownBy(async () => verifier.verify(await authority.sign()))
  expect(error.message).toBe('The fetch option followed a redirect.')
})

test.each([
  [
    'the list of forbidden addresses',
    'network/forbidden-addresses.ts',
    'network/forbidden-addresses.ts',
  ],
  ['the rules of proxies', 'network/proxy-rules.ts', 'network/proxy-rules.ts'],
  ['what counts as a mistake', 'support/program-mistake.ts', 'support/program-mistake.ts'],
  ['how fingerprints are made', 'support/fingerprint.ts', 'support/fingerprint.ts'],
])('%s is the same file in core', (_what, here, there) => {
  const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8')
  expect(read(`../src/${here}`)).toBe(read(`../../core/src/${there}`))
})
