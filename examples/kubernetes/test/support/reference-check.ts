import type { Manifest } from './manifests.ts'

type Labels = Readonly<Record<string, string>>

/** References between the objects that no schema sees: what is named must exist, and be what the name says. */
export function referenceProblems(manifests: readonly Manifest[]): string[] {
  const workloads = manifests.filter(({ object }) => object.spec?.template?.spec)
  return [
    ...manifests.flatMap((one) => selectorProblems(one, workloads)),
    ...workloads.flatMap((one) => [...sourceProblems(one, manifests), ...portProblems(one)]),
    ...manifests.flatMap((one) => monitorProblems(one, manifests)),
    ...manifests.flatMap(namespaceProblems),
  ]
}

/** Every selector of pods selects some, and a workload's own selects its own. */
function selectorProblems(one: Manifest, workloads: readonly Manifest[]): string[] {
  const { kind, object } = one
  const name = `${kind} ${object.metadata.name}`
  const selects = (labels: Labels | undefined): Manifest[] =>
    labels ? workloads.filter(({ object: { spec } }) => matches(labels, spec.template)) : []
  if (kind === 'Service') {
    const [workload] = selects(object.spec.selector)
    if (!workload) return [`${name} selects no pods`]
    const known = containersOf(workload).flatMap(({ ports = [] }) => ports)
    return object.spec.ports
      .filter(({ targetPort }: Port) => !known.some((port: Port) => port.name === targetPort))
      .map(({ targetPort }: Port) => `${name}: no container has the port ${targetPort}`)
  }
  if (kind === 'PodDisruptionBudget' || kind === 'Deployment' || kind === 'StatefulSet') {
    const own = selects(object.spec.selector?.matchLabels)
    if (own.length !== 1) return [`${name} selects the pods of ${own.length} workloads`]
    if (kind !== 'PodDisruptionBudget' && own[0] !== one) return [`${name} selects others' pods`]
    const spread = object.spec.template?.spec.topologySpreadConstraints ?? []
    return spread
      .filter((rule: Spread) => !matches(rule.labelSelector.matchLabels, object.spec.template))
      .map((rule: Spread) => `${name}: the spread over ${rule.topologyKey} counts other pods`)
  }
  return kind === 'NetworkPolicy' ? policyProblems(one, workloads) : []
}

interface Port {
  readonly name?: string
  readonly targetPort?: string
}

interface Spread {
  readonly topologyKey: string
  readonly labelSelector: { readonly matchLabels: Labels }
}

/** Pods of this namespace that a policy names exist, and have the ports that it opens by name. */
function policyProblems({ object }: Manifest, workloads: readonly Manifest[]): string[] {
  const { podSelector, ingress = [], egress = [] } = object.spec
  const podsOf = (labels: Labels = {}) =>
    workloads.filter(({ object: { spec } }) => matches(labels, spec.template))
  const name = `NetworkPolicy ${object.metadata.name}`
  const own = podsOf(podSelector.matchLabels)
  if (own.length === 0) return [`${name} is for no pods`]
  const local = [...ingress, ...egress].flatMap(({ from = [], to = [] }) =>
    [...from, ...to].filter((peer) => peer.podSelector && !peer.namespaceSelector),
  )
  const absent = local.filter((peer) => podsOf(peer.podSelector.matchLabels).length === 0)
  const opened = [
    ...ingress.map((rule: Rule) => [own, rule] as const),
    ...egress.map((rule: Rule) => [podsOf(rule.to?.[0]?.podSelector?.matchLabels), rule] as const),
  ].flatMap(([pods, { ports = [] }]) =>
    ports.filter(
      ({ port }: { port: unknown }) =>
        typeof port === 'string' &&
        !pods.some((pod: Manifest) =>
          containersOf(pod).some(({ ports: has = [] }) =>
            has.some((one: Port) => one.name === port),
          ),
        ),
    ),
  )
  return [
    ...absent.map(() => `${name} names pods that there are not`),
    ...opened.map(({ port }) => `${name}: its pods have no port ${port}`),
  ]
}

interface Rule {
  readonly to?: readonly { readonly podSelector?: { readonly matchLabels: Labels } }[]
  readonly ports?: readonly { readonly port: unknown }[]
}

/** ConfigMaps, Secrets, their keys, volumes and service accounts that a pod names. */
function sourceProblems({ kind, object }: Manifest, manifests: readonly Manifest[]): string[] {
  const { spec } = object.spec.template
  const name = `${kind} ${object.metadata.name}`
  const has = (type: string, wanted: string, key?: string): boolean =>
    manifests.some(({ kind: its, object: { metadata, data, stringData } }) => {
      const isIt = its === type && metadata.name === wanted
      return isIt && (key === undefined || key in { ...data, ...stringData })
    })
  const problems: string[] = []
  const need = (type: string, wanted: string, key?: string): void => {
    if (!has(type, wanted, key))
      problems.push(`${name} needs ${type} ${wanted} ${key ?? ''}`.trim())
  }
  need('ServiceAccount', spec.serviceAccountName)
  for (const { configMap, secret } of spec.volumes ?? []) {
    if (configMap) need('ConfigMap', configMap.name)
    if (secret) need('Secret', secret.secretName)
    for (const { key } of secret?.items ?? []) need('Secret', secret.secretName, key)
  }
  const volumes = [...(spec.volumes ?? []), ...(object.spec.volumeClaimTemplates ?? [])].map(
    (volume) => volume.name ?? volume.metadata.name,
  )
  for (const { envFrom = [], env = [], volumeMounts = [] } of containersOf({ object })) {
    for (const { configMapRef, secretRef } of envFrom) {
      if (configMapRef) need('ConfigMap', configMapRef.name)
      if (secretRef) need('Secret', secretRef.name)
    }
    for (const { valueFrom } of env) {
      const { secretKeyRef: secret, configMapKeyRef: config } = valueFrom ?? {}
      if (secret) need('Secret', secret.name, secret.key)
      if (config) need('ConfigMap', config.name, config.key)
    }
    for (const mount of volumeMounts) {
      if (!volumes.includes(mount.name)) problems.push(`${name} has no volume ${mount.name}`)
    }
  }
  return problems
}

/** Probes ask ports that their container has. */
function portProblems({ kind, object }: Manifest): string[] {
  return containersOf({ object }).flatMap((container) => {
    const names = (container.ports ?? []).map((port: Port) => port.name)
    const kinds = ['startupProbe', 'readinessProbe', 'livenessProbe']
    return kinds.flatMap((probe) => {
      const { httpGet, tcpSocket } = container[probe] ?? {}
      const port = (httpGet ?? tcpSocket)?.port
      const where = `${kind} ${object.metadata.name}: ${probe} of ${container.name}`
      if (port === undefined) return [`${where} asks nothing`]
      return names.includes(port) ? [] : [`${where} asks the port ${port}`]
    })
  })
}

function monitorProblems({ kind, object }: Manifest, manifests: readonly Manifest[]): string[] {
  if (kind !== 'ServiceMonitor') return []
  const services = manifests.filter(
    (one) => one.kind === 'Service' && matches(object.spec.selector.matchLabels, one.object),
  )
  const ports = services.flatMap((one) => one.object.spec.ports.map((port: Port) => port.name))
  return object.spec.endpoints
    .filter(({ port }: { port: string }) => !ports.includes(port))
    .map(({ port }: { port: string }) => `No Service of the ServiceMonitor has the port ${port}`)
}

function namespaceProblems({ kind, object }: Manifest): string[] {
  const { name, namespace } = object.metadata
  const is = kind === 'Namespace' ? name : namespace
  return is === 'agents' ? [] : [`${kind} ${name} is in the namespace ${is}`]
}

// biome-ignore lint/suspicious/noExplicitAny: its shape is what the schemas check
export function containersOf({ object }: Pick<Manifest, 'object'>): any[] {
  const { containers = [], initContainers = [] } = object.spec.template.spec
  return [...containers, ...initContainers]
}

function matches(selector: Labels, { metadata }: { metadata: { labels?: Labels } }): boolean {
  return Object.entries(selector).every(([name, value]) => metadata.labels?.[name] === value)
}
