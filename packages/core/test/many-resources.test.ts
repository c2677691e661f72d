import { costRatio } from '@authsec-internal/test-kit'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkToken } from '../src/call/check-token.ts'
import { planCall, planFetch } from '../src/policy/plan-call.ts'
import { assertOwner, chooseResource, resourceForUrl } from '../src/policy/resource-owner.ts'
import { createResource, type Resource } from '../src/policy/resource-policy.ts'
import { comparablePath } from '../src/support/comparable-path.ts'
import { IssuedToken } from '../src/token/delegation-token.ts'

const resource = (baseUrl: string, name = baseUrl): Resource =>
  createResource({ baseUrl, name }, 'r')

const get = (url: string): Parameters<typeof planFetch>[1] => ({
  ...{ url, method: 'GET', headers: {}, body: undefined, signal: undefined },
  ...{ mayFollow: false, limits: {} },
})

const repeated = (work: () => void) => () => {
  for (let count = 0; count < 300; count++) work()
}

/** The rule, written as a search through all resources. */
function ownerBySearch(resources: readonly Resource[], url: URL): string | undefined {
  const path = url.pathname.endsWith('/') ? url.pathname : `${url.pathname}/`
  const comparable = comparablePath(path)
  const owners = resources.filter(({ baseUrl, comparableBase }) => {
    return baseUrl.origin === url.origin && comparable.startsWith(comparableBase)
  })
  const longest = Math.max(...owners.map(({ comparableBase }) => comparableBase.length))
  return owners.find(({ baseUrl, comparableBase }) => {
    return comparableBase.length === longest && path.startsWith(baseUrl.pathname)
  })?.name
}

function tokenWith(permissions: readonly string[]): IssuedToken {
  const times = { expiresAt: new Date(0), issuedAt: undefined, tenantId: undefined }
  return new IssuedToken('a.b.c', {
    subject: '',
    redactedSubject: '',
    permissions,
    audience: [],
    ...times,
  })
}

describe('a call of one of many resources', () => {
  it('goes by the rules that a search through all of them finds', () => {
    const segment = fc.constantFrom(
      'a',
      'A',
      'b',
      'admin',
      'ADMIN',
      'v1',
      'a;x',
      'a%41',
      'x.y',
      '%C3%A9',
    )
    const path = fc.array(segment, { maxLength: 4 }).map((parts) => `/${parts.join('/')}`)
    const origin = fc.constantFrom(
      'https://a.example',
      'https://b.example:8443',
      'http://127.0.0.1',
    )
    const url = fc.tuple(origin, path).map((parts) => parts.join(''))
    fc.assert(
      fc.property(fc.uniqueArray(url, { minLength: 1, maxLength: 8 }), url, (bases, target) => {
        const resources = bases.map((base) => resource(base))
        const parsed = new URL(target)
        let found: string | undefined
        try {
          found = resourceForUrl(resources, parsed).name
        } catch {
          return
        }
        const here = resources.filter(({ baseUrl }) => baseUrl.origin === parsed.origin)
        expect(found).toBe(here.length === 1 ? here[0]?.name : ownerBySearch(resources, parsed))
      }),
      { numRuns: 2_000 },
    )
  })

  it.each<[string, (index: number) => string]>([
    ['at origins of their own', (index) => `https://api-${index}.example.com/v1`],
    ['at one origin', (index) => `https://api.example.com/service-${index}`],
    ['below one another', (index) => `https://api.example.com/${'a/'.repeat(index % 20)}${index}`],
  ])('costs no more when there are 5 000 %s', (_where, base) => {
    const many = Array.from({ length: 5_000 }, (_, index) => resource(base(index), `r${index}`))
    const few = many.slice(-2)
    for (const resources of [few, many]) {
      expect(chooseResource(resources, 'r4999').name).toBe('r4999')
      expect(resourceForUrl(resources, new URL(`${base(4_999)}/x`)).name).toBe('r4999')
    }
    const plan = (resources: readonly Resource[]) =>
      repeated(() => {
        planCall(resources, { resource: 'r4999', endpoint: 'x/1' })
        planFetch(resources, get(`${base(4_999)}/x/1`))
      })
    expect(costRatio(plan(many), plan(few))).toBeLessThan(5)
  })

  it('is refused when the base of its resource is no plain path, as before', () => {
    for (const base of [
      'https://a.example/v%31',
      'https://a.example//x',
      'https://a.example/a%2fb',
    ]) {
      const odd = resource(base)
      const url = new URL('records', odd.baseUrl)
      expect(() => assertOwner([odd], odd, url)).toThrow(/nothing was sent/)
      expect(() => planCall([odd], { endpoint: 'records' })).toThrow(/nothing was sent/)
    }
  })
})

describe('permissions', () => {
  it('of a call are found among 5 000 as fast as among 50, name by name', () => {
    const names = Array.from({ length: 5_000 }, (_, index) => `resource-${index}:read`)
    const few = names.slice(0, 50)
    const checking = (permissions: readonly string[]) => {
      const token = tokenWith(permissions)
      const call = { resource: resource('https://a.example'), permissions: few }
      return repeated(() => checkToken(token, call))
    }
    expect(costRatio(checking(names.toReversed()), checking(few))).toBeLessThan(5)
  })

  it('are granted exactly as they are written', () => {
    const token = tokenWith(['records:read', 'records:read', '*'])
    expect(token.hasPermission('records:read')).toBe(true)
    expect(token.hasPermission('records:Read')).toBe(false)
    expect(token.hasPermission('records:write')).toBe(false)
    expect(token.hasAllPermissions(['*', 'records:read'])).toBe(true)
    expect(token.permissions).toEqual(['records:read', 'records:read', '*'])
  })
})
