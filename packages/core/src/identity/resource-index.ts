interface Named {
  readonly name: string
  readonly baseUrl: URL
}

/** Places in the list, so that one table serves lists of every kind of resource. */
interface Places {
  readonly byName: ReadonlyMap<string, number>
  readonly byOrigin: ReadonlyMap<string, readonly number[]>
}

/** By the list, which is made once for a client or a pool and never changes: thousands are not searched for each call. */
const indexes = new WeakMap<readonly Named[], Places>()

function placesIn(resources: readonly Named[]): Places {
  const known = indexes.get(resources)
  if (known) return known
  const byOrigin = Map.groupBy(resources.keys(), (place) => resources[place]?.baseUrl.origin ?? '')
  const byName = new Map(resources.map(({ name }, place) => [name, place]))
  const places = { byName, byOrigin }
  indexes.set(resources, places)
  return places
}

/** The resource of this name. */
export function resourceNamed<Resource extends Named>(
  resources: readonly Resource[],
  name: string,
): Resource | undefined {
  return resources[placesIn(resources).byName.get(name) ?? -1]
}

/** The resources of this origin, in the order of the list. */
export function resourcesAt<Resource extends Named>(
  resources: readonly Resource[],
  origin: string,
): readonly Resource[] {
  const places = placesIn(resources).byOrigin.get(origin) ?? []
  return places.flatMap((place) => resources[place] ?? [])
}
