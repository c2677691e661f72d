import { Inexpressible } from '../schema/inexpressible.ts'
import { type DocumentReader, type Place, textAt } from '../schema/place.ts'

/** RFC 6749 section 3.3. */
const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]{1,200}$/
/** Whether a scheme of each type has scopes (OpenAPI 3.1.0, Security Scheme Object). */
const TYPES = new Map([
  ['oauth2', true],
  ['openIdConnect', true],
  ['apiKey', false],
  ['http', false],
  ['mutualTLS', false],
])

/**
 * The scopes that a call needs: alternatives, each a list of which all are needed. Only OAuth 2 and OpenID Connect
 * have scopes; other credentials of the document are not what the client sends. Throws `Inexpressible` for what is no
 * requirement: a tool without the permissions that were meant would be worse than none.
 */
export function scopesOf(operation: Place, reader: DocumentReader): readonly (readonly string[])[] {
  const requirements =
    reader.member(operation, 'security') ?? reader.member(reader.root, 'security')
  const alternatives = reader.items(requirements).flatMap((one) => scopesIn(one, reader) ?? [])
  const seen = new Set<string>()
  return alternatives.filter((scopes) => {
    const key = scopes.toSorted().join(' ')
    return !seen.has(key) && seen.add(key)
  })
}

/** In a list, because a list of none is an alternative as well. */
function scopesIn(requirement: Place, reader: DocumentReader): [readonly string[]] | undefined {
  const schemes = reader.members(requirement).map(([name, list]) => {
    return { isScoped: hasScopes(name, list.pointer, reader), scopes: reader.items(list) }
  })
  const scoped = schemes.filter(({ isScoped }) => isScoped)
  if (scoped.length === 0) return undefined
  return [[...new Set(scoped.flatMap(({ scopes }) => scopes.map(scopeAt)))]]
}

function scopeAt({ value, pointer }: Place): string {
  if (typeof value === 'string' && SCOPE.test(value)) return value
  throw new Inexpressible('scope_unusable', pointer, 'A scope is not a name.')
}

function hasScopes(name: string, pointer: string, reader: DocumentReader): boolean {
  const components = reader.at(reader.root, 'components')
  const schemes = components && reader.at(components, 'securitySchemes')
  const scheme = schemes && reader.at(schemes, name)
  if (!scheme) throw new Inexpressible('malformed', pointer, 'A security scheme is not described.')
  const isScoped = TYPES.get(textAt(scheme, 'type') ?? '')
  if (isScoped !== undefined) return isScoped
  throw new Inexpressible('malformed', pointer, 'A security scheme has an unknown type.')
}
