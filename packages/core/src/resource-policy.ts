import { ConfigError, ResourceError } from './errors.ts'
import { parseBaseUrl } from './network-guard.ts'

/** A protected API the agent may call: the only kind of place a bearer is ever sent to. */
export interface ResourceOptions {
  /** How calls and events name it. Default: the host of `baseUrl`. */
  name?: string
  /** Everything below this URL, and nothing else. https, or http on loopback. */
  baseUrl: string | URL
  /** HTTP methods that may be used. Default: GET and HEAD. */
  methods?: readonly string[]
  /** Permissions the token must carry for any call of this resource; all of them. Default: none. */
  permission?: string | readonly string[]
  /** The token must list this audience, or it is not sent. Default: not checked. */
  audience?: string
  /** Total time for one call, in milliseconds. Default: 30 000. */
  timeoutMs?: number
  /** Largest response body accepted, in bytes after decoding. Default: 1 MiB. */
  maxResponseBytes?: number
}

/** A validated, frozen resource. */
export interface Resource {
  readonly name: string
  readonly baseUrl: URL
  readonly methods: ReadonlySet<string>
  readonly permissions: readonly string[]
  readonly audience: string | undefined
  readonly timeoutMs: number
  readonly maxResponseBytes: number
}

export type QueryValue = string | number | boolean
export type Query = Readonly<Record<string, QueryValue | readonly QueryValue[] | undefined>>

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])
const MAX_URL_LENGTH = 2048
/** Parameters that would carry a credential or change the method; RFC 6750 section 5.3 forbids tokens in URLs. */
const RESERVED_QUERY = new Set(['access_token', 'token', '_method', 'client_id'])

export function createResource(options: ResourceOptions, field: string): Resource {
  const baseUrl = parseBaseUrl(options.baseUrl, `${field}.baseUrl`)
  const methods = (options.methods ?? ['GET', 'HEAD']).map((method) => method.toUpperCase())
  const unknown = methods.find((method) => !METHODS.has(method))
  if (unknown !== undefined || methods.length === 0) {
    throw invalid(`${field}.methods`, `must list some of ${[...METHODS].join(', ')}`)
  }
  return Object.freeze({
    name: options.name ?? baseUrl.host,
    baseUrl,
    methods: new Set(methods),
    permissions: permissionList(options.permission),
    audience: options.audience,
    timeoutMs: positive(options.timeoutMs ?? 30_000, `${field}.timeoutMs`),
    maxResponseBytes: positive(options.maxResponseBytes ?? 1_048_576, `${field}.maxResponseBytes`),
  })
}

export function permissionList(
  permission: string | readonly string[] | undefined,
): readonly string[] {
  if (permission === undefined) return []
  return typeof permission === 'string' ? [permission] : [...permission]
}

/** The resource a call means: the named one, or the only one. */
export function chooseResource(resources: readonly Resource[], name: string | undefined): Resource {
  const found =
    name === undefined && resources.length === 1
      ? resources[0]
      : resources.find((resource) => resource.name === name)
  if (found) return found
  const names = resources.map((resource) => resource.name).join(', ')
  throw new ResourceError({
    code: 'resource_unknown',
    message:
      resources.length === 0
        ? 'No protected API is configured.'
        : 'No such protected API is configured.',
    hint:
      resources.length === 0
        ? 'List the API in `resources` of the client, or set AUTHSEC_API_URL.'
        : `Name one of the configured resources: ${names}.`,
  })
}

/**
 * The resource whose rules apply to a URL: the one with the longest base that covers it. A call that
 * came in under a wider resource must not escape the rules of a narrower one.
 */
export function resourceForUrl(resources: readonly Resource[], url: URL): Resource {
  const path = url.pathname.endsWith('/') ? url.pathname : `${url.pathname}/`
  const [found] = resources
    .filter(({ baseUrl }) => url.origin === baseUrl.origin && path.startsWith(baseUrl.pathname))
    .sort((a, b) => b.baseUrl.pathname.length - a.baseUrl.pathname.length)
  if (found && !url.username && !url.password) {
    assertPath(url.pathname.slice(1))
    return found
  }
  throw new ResourceError({
    code: 'resource_unknown',
    message: 'This URL is not below any configured resource, so no token is sent to it.',
    hint: 'Add its base URL to `resources` of the client if the agent may call it.',
  })
}

/** A narrower resource's rules cannot be gone round by way of a wider one. */
export function assertOwner(resources: readonly Resource[], resource: Resource, url: URL): void {
  const owner = resourceForUrl(resources, url)
  if (owner === resource) return
  throw refused(`belongs to the resource ${owner.name}`)
}

export function checkMethod(resource: Resource, method: string): string {
  if (resource.methods.has(method)) return method
  throw new ResourceError({
    code: 'method_refused',
    message: `This HTTP method is not allowed for ${resource.name}.`,
    hint: `Allowed: ${[...resource.methods].join(', ')}. Others are added with \`methods\` of the resource.`,
  })
}

/**
 * The URL of an endpoint below a resource. The text is only ever a path: what could leave the base
 * in this parser or in the API's own is refused before anything is parsed.
 */
export function resolveEndpoint(resource: Resource, endpoint: unknown, query?: Query): URL {
  if (typeof endpoint !== 'string') throw refused('is not text')
  const path = endpoint.startsWith('/') ? endpoint.slice(1) : endpoint
  assertPath(path)
  const built = `${resource.baseUrl.origin}${resource.baseUrl.pathname}${path}`
  const url = URL.canParse(built) ? new URL(built) : undefined
  // What was checked must be what is sent: the parser may not have changed a character.
  if (url?.href !== built) throw refused('is not a plain path')
  appendQuery(url, query)
  if (url.href.length > MAX_URL_LENGTH) throw refused(`is longer than ${MAX_URL_LENGTH} characters`)
  return url
}

function assertPath(path: string): void {
  if (path.length > MAX_URL_LENGTH) throw refused(`is longer than ${MAX_URL_LENGTH} characters`)
  // The unreserved and sub-delimiter characters of RFC 3986, without `\`, `?`, `#`, `:` in the first segment.
  if (!/^[A-Za-z0-9\-._~!$&'()*+,;=@:%/]*$/.test(path)) {
    throw refused('has a character that does not belong in a path')
  }
  if (path.startsWith('/') || path.split('/', 1)[0]?.includes(':')) {
    throw refused('names a place of its own instead of a path')
  }
  const once = decodePath(path)
  const twice = decodePath(once, true)
  for (const text of [path, once, twice]) assertSegments(text)
  if (/%2f|%5c/i.test(path) || /%2f|%5c/i.test(once)) throw refused('hides a slash')
}

function assertSegments(path: string): void {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
  if (/[\u0000-\u001f\u007f\\]/.test(path)) throw refused('has a control character or a backslash')
  for (const segment of path.split('/')) {
    const name = segment.split(';', 1)[0]
    if (name === '.' || name === '..') throw refused('contains a dot segment')
  }
}

function decodePath(path: string, lenient = false): string {
  try {
    return decodeURIComponent(path)
  } catch {
    if (lenient) return path
    throw refused('has an invalid percent escape')
  }
}

/** One path parameter as one segment; refuses what a server could read as more than that. */
export function encodeSegment(name: string, value: QueryValue): string {
  const text = String(value)
  if (text === '' || text === '.' || text === '..' || /[/\\]/.test(text)) {
    throw refused(`has a value for {${name}} that is not one path segment`)
  }
  if (!text.isWellFormed()) throw refused(`has a value for {${name}} that is not valid text`)
  return encodeURIComponent(text)
}

function appendQuery(url: URL, query: Query | undefined): void {
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value === undefined) continue
    if (RESERVED_QUERY.has(name.toLowerCase())) {
      throw new ResourceError({
        code: 'query_refused',
        message: 'A query parameter with a reserved name was refused.',
        hint: `These names are never sent: ${[...RESERVED_QUERY].join(', ')}.`,
      })
    }
    for (const item of Array.isArray(value) ? value : [value]) {
      url.searchParams.append(name, String(item))
    }
  }
}

function refused(problem: string): ResourceError {
  return new ResourceError({
    code: 'endpoint_refused',
    message: `The endpoint ${problem}, so nothing was sent.`,
    hint: 'Give a plain path below the configured API, such as metrics or customers/42/billing; the query has its own field.',
  })
}

function positive(value: number, field: string): number {
  if (Number.isFinite(value) && value > 0) return value
  throw invalid(field, 'must be a positive number')
}

function invalid(field: string, problem: string): ConfigError {
  return new ConfigError({
    code: 'config_invalid',
    message: `${field} ${problem}.`,
    hint: `Correct ${field}.`,
  })
}
