import type { ResourceError } from '../errors.ts'
import { resourceNamed, resourcesAt } from '../identity/resource-index.ts'
import { comparableReadings } from '../support/comparable-path.ts'
import { assertPath, endpointRefused } from './path-check.ts'
import { resourceError } from './resource-error.ts'
import type { Resource } from './resource-policy.ts'

interface OriginIndex {
  readonly resources: readonly Resource[]
  /** As they are written. Each ends in a slash. */
  readonly basePaths: ReadonlySet<string>
  /** Several resources can have bases that a server could read as one. */
  readonly byComparableBase: ReadonlyMap<string, readonly Resource[]>
}

/** By the list of a client, and by origin. Made when the first call of that origin is planned. */
const indexes = new WeakMap<readonly Resource[], Map<string, OriginIndex>>()

function indexAt(resources: readonly Resource[], origin: string): OriginIndex | undefined {
  const byOrigin = indexes.get(resources) ?? new Map<string, OriginIndex>()
  indexes.set(resources, byOrigin)
  const known = byOrigin.get(origin)
  if (known) return known
  const here = resourcesAt(resources, origin)
  if (here.length === 0) return undefined
  const made = originIndex(here)
  byOrigin.set(origin, made)
  return made
}

function originIndex(resources: readonly Resource[]): OriginIndex {
  return {
    resources,
    basePaths: new Set(resources.map(({ baseUrl }) => baseUrl.pathname)),
    byComparableBase: Map.groupBy(resources, ({ comparableBase }) => comparableBase),
  }
}

/** A model reads the names, and its context is short. */
const MOST_NAMES = 20

/** The resource of a call: the named one, or the only one. */
export function chooseResource(resources: readonly Resource[], name: string | undefined): Resource {
  const isOnly = name === undefined && resources.length === 1
  const found = isOnly ? resources[0] : resourceNamed(resources, name ?? '')
  if (found) return found
  const names = resources.slice(0, MOST_NAMES).map((resource) => resource.name)
  const more = resources.length - names.length
  throw resourceError(
    'resource_unknown',
    'No such protected API is configured.',
    names.length > 0
      ? `Name one of the configured resources: ${names.join(', ')}${more > 0 ? ` and ${more} more` : ''}.`
      : 'List the API in `resources` of the client, or set AUTHSEC_API_URL.',
  )
}

/**
 * The resource whose rules apply to a URL: the one with the longest base that covers it. Bases are
 * compared as the most tolerant server could read them, so that no spelling of a path escapes the rules
 * of a narrower resource; a URL that only such a reading puts there is refused.
 */
export function resourceForUrl(resources: readonly Resource[], url: URL): Resource {
  const here = coveringOrigin(resources, url)
  assertPath(url.pathname.slice(1))
  return ownerAt(here, url)
}

/** The resources at the origin of a URL, one of which covers it as it is written. */
function coveringOrigin(resources: readonly Resource[], url: URL): OriginIndex {
  const here = indexAt(resources, url.origin)
  const isCovered = here && prefixes(pathOf(url)).some((prefix) => here.basePaths.has(prefix))
  if (url.username || url.password || !isCovered) throw unknownUrl()
  return here
}

function ownerAt(here: OriginIndex, url: URL): Resource {
  const [first] = here.resources
  if (first && here.resources.length === 1) return first
  const path = pathOf(url)
  const [owner, ...others] = comparableReadings(path).map((text) => readOwner(here, path, text))
  const other = others.find((one) => one !== owner)
  if (owner && !other) return owner
  throw endpointRefused(`can be read as a path of the resource ${other?.name}`)
}

function readOwner({ byComparableBase }: OriginIndex, path: string, reading: string): Resource {
  const longest = prefixes(reading).find((prefix) => byComparableBase.has(prefix))
  const narrowest = byComparableBase.get(longest ?? '') ?? []
  const found = narrowest.find(({ baseUrl }) => path.startsWith(baseUrl.pathname))
  if (found) return found
  throw endpointRefused(`can be read as a path of the resource ${narrowest[0]?.name}`)
}

function pathOf({ pathname }: URL): string {
  return pathname.endsWith('/') ? pathname : `${pathname}/`
}

/** The beginnings of a path that end in a slash, the longest first. */
function prefixes(path: string): string[] {
  const found: string[] = []
  for (let end = path.length; end > 0; end = path.lastIndexOf('/', end - 2) + 1) {
    found.push(path.slice(0, end))
    if (end === 1) break
  }
  return found
}

function unknownUrl(): ResourceError {
  return resourceError(
    'resource_unknown',
    'This URL is below no configured resource, so no token is sent to it.',
    'Add it to `resources` of the client if the agent may call it.',
  )
}

/**
 * Refuses a call under a wider resource that a narrower one covers: its rules cannot be bypassed. Takes the
 * URL of an endpoint that was checked.
 */
export function assertOwner(resources: readonly Resource[], resource: Resource, url: URL): void {
  const here = coveringOrigin(resources, url)
  // The endpoint was checked as a path of its own, which refuses more than a check of the whole path would.
  if (!resource.hasPlainBase) assertPath(url.pathname.slice(1))
  const owner = ownerAt(here, url)
  if (owner === resource) return
  throw endpointRefused(`belongs to the resource ${owner.name}`)
}

/** The target of a redirect if the rules of the same resource apply to it, else `undefined`. */
export function redirectTarget(
  resource: Resource,
  resources: readonly Resource[],
  from: URL,
  location: string | undefined,
): URL | undefined {
  const url = location ? URL.parse(location, from.href) : null
  if (!url) return undefined
  try {
    url.hash = ''
    return resourceForUrl(resources, url) === resource ? url : undefined
  } catch {
    return undefined
  }
}
