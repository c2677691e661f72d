import { thrown } from '@authsec-internal/test-kit'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ResourceError } from '../src/errors.ts'
import { encodeSegment, resolveEndpoint } from '../src/policy/endpoint.ts'
import { assertOwner, resourceForUrl } from '../src/policy/resource-owner.ts'
import { createResource } from '../src/policy/resource-policy.ts'

const api = createResource({ name: 'api', baseUrl: 'https://api.example.com/v1' }, 'resources[0]')
const BASE = 'https://api.example.com/v1/'

describe('an endpoint', () => {
  it.each([
    ['metrics', 'metrics'],
    ['/metrics', 'metrics'],
    ['a/b-c_d.e~1', 'a/b-c_d.e~1'],
    ['metrics/%C3%A9', 'metrics/%C3%A9'],
    ['', ''],
    ['customers/42/billing', 'customers/42/billing'],
    ["o'neil(1)!*,;=:@&$+", "o'neil(1)!*,;=:@&$+"],
  ])('%j is resolved below the base', (endpoint, expected) => {
    // The last one has a colon, which the first segment may not have.
    const path = endpoint.includes(':') ? `x/${endpoint}` : endpoint
    const wanted = endpoint.includes(':') ? `x/${expected}` : expected
    expect(resolveEndpoint(api.baseUrl, path).href).toBe(BASE + wanted)
  })

  it.each([
    ['//evil.test/x'],
    ['///evil.test/x'],
    ['\\\\evil.test\\x'],
    ['/\\evil.test/x'],
    ['https://evil.test/x'],
    ['https:evil.test'],
    ['https:/evil.test'],
    ['https:metrics'],
    ['http://api.example.com/v1/x'],
    ['HTTPS://API.EXAMPLE.COM/v1/x'],
    ['https://api.example.com@evil.test/'],
    ['https://user:pw@api.example.com/v1/x'],
    ['https://api.example.com:8443/v1/x'],
    ['https://api.example.com./v1/x'],
    ['https://api.example.com.evil.test/'],
    ['https://api。example。com/v1/x'],
    ['//api.example.com/v1/ok'],
    ['../admin'],
    ['..%2fadmin'],
    ['%2e%2e/admin'],
    ['..%20/admin'],
    ['%20../admin'],
    ['..%20./admin'],
    ['x/.%2520/admin'],
    ['.../admin'],
    ['..%20;a=1/admin'],
    ['%ef%bc%8e%ef%bc%8e/admin'],
    ['x/%e2%80%a5/admin'],
    ['%EF%BC%852e%EF%BC%852e/admin'],
    ['x/%ef%b9%92%e2%80%a4/admin'],
    ['x%ef%bc%8f..%ef%bc%8fadmin'],
    ['%25ef%25bc%258e%25ef%25bc%258e/admin'],
    ['.%2e/admin'],
    ['%2e%2e%2fadmin'],
    ['%252e%252e%252fadmin'],
    ['%252e%252e/admin'],
    ['..;/admin'],
    ['a/..;x/admin'],
    ['a/../../admin'],
    ['..\\admin'],
    ['..%5cadmin'],
    ['v1/../../v1/x'],
    ['.'],
    ['./'],
    ['a/..'],
    ['\t//evil.test'],
    ['\n//evil.test'],
    [' //evil.test'],
    ['metrics\r\nX: y'],
    ['metrics%0d%0aX:y'],
    ['metrics%00'],
    ['x\0y'],
    ['%zz'],
    ['%ff'],
    ['%'],
    ['javascript:alert(1)'],
    ['file:///etc/passwd'],
    ['data:text/html,x'],
    ['blob:https://evil.test/1'],
    ['unix:/var/run/docker.sock'],
    ['?x=1'],
    ['#frag'],
    ['metrics#@evil.test'],
    ['metrics?a=1&a=2'],
    ['x'.repeat(10_000)],
    ['https://169.254.169.254/'],
    ['https://localhost/'],
    ['https://metadata.google.internal/'],
    ['／／evil.test'],
    ['métriques'],
    [{}],
    [[]],
    [null],
    [undefined],
    [{ toString: () => 'metrics' }],
    [1],
  ])('%j is refused', (endpoint) => {
    const error = thrown(() => resolveEndpoint(api.baseUrl, endpoint)) as ResourceError
    expect(ResourceError.isInstance(error)).toBe(true)
    expect(error.code).toBe('endpoint_refused')
    expect(error.message).not.toContain('evil')
  })

  it('never resolves outside the base, whatever the text', () => {
    const pieces = fc.constantFrom(
      ...[
        '..',
        '.',
        '/',
        '\\',
        '%2e',
        '%2f',
        '%5c',
        '%25',
        ';',
        '@',
        ':',
        '?',
        '#',
        '//',
        'evil.test',
        'a',
        '\t',
        ' ',
      ],
    )
    const text = fc.oneof(
      fc.string(),
      fc.array(pieces, { maxLength: 8 }).map((all) => all.join('')),
    )
    fc.assert(
      fc.property(text, (endpoint) => {
        let url: URL
        try {
          url = resolveEndpoint(api.baseUrl, endpoint)
        } catch (error) {
          return ResourceError.isInstance(error)
        }
        return (
          url.href.startsWith(BASE) &&
          !url.search &&
          !url.hash &&
          new URL(url.href).href === url.href
        )
      }),
      { numRuns: 3_000 },
    )
  })
})

describe('a query', () => {
  it('is encoded, value by value', () => {
    const url = resolveEndpoint(api.baseUrl, 'metrics', {
      q: 'a&b=c#d',
      page: 2,
      all: true,
      no: undefined,
    })
    expect(url.search).toBe('?q=a%26b%3Dc%23d&page=2&all=true')
  })

  it.each([['access_token'], ['token'], ['_method'], ['client_id'], ['Access_Token']])(
    'with %s is refused',
    (name) => {
      const error = thrown(() =>
        resolveEndpoint(api.baseUrl, 'metrics', { [name]: 'x' }),
      ) as ResourceError
      expect(error.code).toBe('query_refused')
    },
  )

  it('that makes the URL longer than 2 048 characters is refused', () => {
    expect(() => resolveEndpoint(api.baseUrl, 'metrics', { q: 'x'.repeat(2_048) })).toThrow(/2048/)
  })
})

describe('a path parameter', () => {
  it.each([
    ['x?admin=1#', 'x%3Fadmin%3D1%23'],
    ['a b', 'a%20b'],
    ['é', '%C3%A9'],
    [42, '42'],
  ])('%j becomes the one segment %s', (value, expected) => {
    expect(encodeSegment('id', value)).toBe(expected)
    expect(resolveEndpoint(api.baseUrl, `customers/${encodeSegment('id', value)}`).href).toBe(
      `${BASE}customers/${expected}`,
    )
  })

  it.each([[''], ['.'], ['..'], ['a/b'], ['a\\b'], ['\ud800'], ['..%2f'], ['%2e%2e'], ['a\r\nb']])(
    '%j is refused',
    (value) => {
      expect(() => resolveEndpoint(api.baseUrl, `customers/${encodeSegment('id', value)}`)).toThrow(
        /nothing was sent/,
      )
    },
  )
})

describe('the resource of a URL', () => {
  const wide = createResource({ name: 'wide', baseUrl: 'https://api.example.com/' }, 'r')
  const admin = createResource({ name: 'admin', baseUrl: 'https://api.example.com/admin' }, 'r')
  const all = [wide, admin]

  it('is the one with the longest base', () => {
    expect(resourceForUrl(all, new URL('https://api.example.com/admin')).name).toBe('admin')
    expect(resourceForUrl(all, new URL('https://api.example.com/admin/x')).name).toBe('admin')
    expect(resourceForUrl(all, new URL('https://api.example.com/administrators')).name).toBe('wide')
  })

  it.each([
    ['https://evil.test/'],
    ['http://api.example.com/'],
    ['https://api.example.com:8443/'],
    ['https://user@api.example.com/'],
    ['https://api.example.com.evil.test/'],
  ])('does not exist for %s', (url) => {
    expect(() => resourceForUrl(all, new URL(url))).toThrow(/no token is sent/)
  })

  it('keeps a call that came in under a wider resource out of a narrower one', () => {
    const url = resolveEndpoint(wide.baseUrl, 'admin/users')
    expect(() => assertOwner(all, wide, url)).toThrow(/belongs to the resource admin/)
  })

  it('cannot be reached from a sibling with the same beginning', () => {
    expect(() => resourceForUrl([api], new URL('https://api.example.com/v10/x'))).toThrow()
  })
})
