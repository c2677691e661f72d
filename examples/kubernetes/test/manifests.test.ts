import { readFileSync } from 'node:fs'
import { describe, expect, it, test } from 'vitest'
import { parse } from 'yaml'
import { find, type Manifest, manifestFiles, readManifests } from './support/manifests.ts'
import { referenceProblems } from './support/reference-check.ts'
import { schemaProblems } from './support/schema-check.ts'
import { securityProblems } from './support/security-check.ts'

const all = readManifests().filter(({ kind }) => kind !== 'Kustomization')

function problemsOf(manifests: readonly Manifest[]): string[] {
  const problems = manifests.flatMap(schemaProblems)
  if (problems.length > 0) return problems
  return [...referenceProblems(manifests), ...manifests.flatMap(securityProblems)]
}

/** The manifests with one text replaced, each time that it occurs in the object. */
function broken(kind: string, name: string, from: string, to: string): Manifest[] {
  const wanted = find(all, kind, name)
  const before = JSON.stringify(wanted.object)
  const after = before.replaceAll(from, to)
  expect(after).not.toBe(before)
  return all.map((one) => (one === wanted ? { ...one, object: JSON.parse(after) } : one))
}

describe('The manifests', () => {
  it('are what their schemas say, name what exists, and run without rights', () => {
    expect(problemsOf(all)).toEqual([])
  })

  const breakages: readonly (readonly [string, string, string, string, RegExp])[] = [
    ['Deployment', 'agents', '"replicas":4', '"replicas":"4"', /replicas must be integer/],
    ['Deployment', 'agents', '"image":', '"imagee":', /imagee is no field/],
    ['Deployment', 'agents', '"strategy":', '"stratgy":', /spec\.stratgy is no field/],
    ['Service', 'agents', '"spec":', '"specs":', /specs is no field/],
    ['NetworkPolicy', 'agents', '"cidr":', '"cdir":', /cidr|cdir/],
    [
      'Deployment',
      'agents',
      '"matchLabels":{"app.kubernetes.io/name":"agents"}',
      '"matchLabels":{"app.kubernetes.io/name":"agent"}',
      /Deployment agents selects the pods of 0/,
    ],
    [
      'PodDisruptionBudget',
      'agents',
      '"app.kubernetes.io/name":"agents"',
      '"app":"agents"',
      /Budget agents selects the pods of 0/,
    ],
    [
      'PodDisruptionBudget',
      'agents',
      '{"app.kubernetes.io/name":"agents"}',
      '{}',
      /of 2 workloads/,
    ],
    [
      'Service',
      'redis',
      '"app.kubernetes.io/name":"redis"}',
      '"app.kubernetes.io/name":"cache"}',
      /Service redis selects no pods/,
    ],
    [
      'Service',
      'agents',
      '"targetPort":"http"',
      '"targetPort":"web"',
      /no container has the port web/,
    ],
    ['NetworkPolicy', 'redis', '"port":"redis"', '"port":"tcp"', /have no port tcp/],
    [
      'NetworkPolicy',
      'agents',
      '"app.kubernetes.io/name":"redis"',
      '"app.kubernetes.io/name":"cache"',
      /names pods that there are not/,
    ],
    [
      'Deployment',
      'agents',
      '"key":"token-keys"',
      '"key":"token-key"',
      /needs Secret agents token-key$/,
    ],
    [
      'Deployment',
      'agents',
      '"key":"agents.json"',
      '"key":"agent.json"',
      /needs Secret agents agent.json$/,
    ],
    [
      'Deployment',
      'agents',
      '"configMapRef":{"name":"agents"}',
      '"configMapRef":{"name":"agent"}',
      /needs ConfigMap agent$/,
    ],
    ['StatefulSet', 'redis', '"secretName":"redis"', '"secretName":"users"', /needs Secret users$/],
    [
      'StatefulSet',
      'redis',
      '"serviceAccountName":"redis"',
      '"serviceAccountName":"default"',
      /needs ServiceAccount default/,
    ],
    [
      'StatefulSet',
      'redis',
      '"name":"data","mountPath"',
      '"name":"dat","mountPath"',
      /has no volume dat$/,
    ],
    [
      'Deployment',
      'agents',
      '"path":"/readyz","port":"http"',
      '"path":"/readyz","port":"web"',
      /readinessProbe of agents asks the port web/,
    ],
    ['Deployment', 'agents', '"livenessProbe":', '"x":', /x is no field/],
    [
      'ServiceMonitor',
      'agents',
      '"port":"metrics"',
      '"port":"prometheus"',
      /has the port prometheus/,
    ],
    [
      'ConfigMap',
      'redis',
      '"namespace":"agents"',
      '"namespace":"default"',
      /is in the namespace default/,
    ],
    [
      'Deployment',
      'agents',
      '"automountServiceAccountToken":false,',
      '',
      /mounts a token of Kubernetes/,
    ],
    ['Deployment', 'agents', '"runAsNonRoot":true', '"runAsNonRoot":false', /may run as root/],
    ['StatefulSet', 'redis', '"runAsUser":999', '"runAsUser":0', /does not say as whom/],
    ['StatefulSet', 'redis', '"RuntimeDefault"', '"Unconfined"', /no seccomp profile/],
    [
      'Deployment',
      'agents',
      '"readOnlyRootFilesystem":true',
      '"readOnlyRootFilesystem":false',
      /may write to its root/,
    ],
    ['StatefulSet', 'redis', '"drop":["ALL"]', '"drop":["NET_RAW"]', /redis has capabilities/],
    [
      'StatefulSet',
      'redis',
      '"allowPrivilegeEscalation":false',
      '"allowPrivilegeEscalation":true',
      /gain privileges/,
    ],
    ['Deployment', 'agents', '"limits":{"memory":"256Mi"}', '"limits":{}', /no limit of memory/],
  ]
  test.each(breakages)('of %s %s with %s as %s are found', (kind, name, from, to, problem) => {
    expect(problemsOf(broken(kind, name, from, to)).join('\n')).toMatch(problem)
  })

  it('of an unknown kind are found', () => {
    const object = { apiVersion: 'apps/v1', kind: 'Deployments', metadata: { namespace: 'agents' } }
    const manifest = { file: 'x.yaml', apiVersion: 'apps/v1', kind: 'Deployments', object }
    expect(schemaProblems(manifest)).toEqual(['x.yaml: apps/v1 Deployments is not known'])
  })

  it('are listed in the kustomization, but for the Secrets and what needs the operator', () => {
    const text = readFileSync(new URL('../manifests/kustomization.yaml', import.meta.url), 'utf8')
    const { resources } = parse(text)
    const apart = ['kustomization.yaml', 'secrets.template.yaml', 'service-monitor.yaml']
    expect([...resources, ...apart].sort()).toEqual(manifestFiles().sort())
    // Namespace first, and the policies before there is a pod.
    expect(resources.slice(0, 2)).toEqual(['namespace.yaml', 'network.yaml'])
  })

  it('hold no key, no password and no client ID', () => {
    for (const { object } of all.filter(({ kind }) => kind === 'Secret')) {
      for (const value of Object.values(object.stringData)) {
        expect(value).not.toMatch(/[0-9a-f]{8}-[0-9a-f]{4}-|[\w+/=-]{40}/)
      }
    }
  })
})

describe('The numbers of the manifests', () => {
  const { spec } = find(all, 'Deployment', 'agents').object
  const { data } = find(all, 'ConfigMap', 'agents').object
  const [container] = spec.template.spec.containers

  it('divide the limit of AuthSec by as many pods as there are at most', () => {
    expect(data.REPLICAS).toBe(String(spec.replicas))
    expect(spec.strategy.rollingUpdate.maxSurge).toBe(0)
    expect(Number(data.REQUESTS_PER_MINUTE)).toBeLessThan(100)
  })

  it('give a pod the time to leave: preStop, the calls that run, and the end', () => {
    const main = readFileSync(new URL('../src/main.ts', import.meta.url), 'utf8')
    const drainMs = Number(/DRAIN_MS = ([\d_]+)/.exec(main)?.[1]?.replaceAll('_', ''))
    const { seconds } = container.lifecycle.preStop.sleep
    expect(drainMs).toBeGreaterThan(50_000)
    expect(spec.template.spec.terminationGracePeriodSeconds).toBe(seconds + drainMs / 1000 + 10)
  })

  it('name the ports on which the service listens', () => {
    const ports = container.ports.map(
      ({ containerPort }: { containerPort: number }) => containerPort,
    )
    expect(ports.map(String)).toEqual([data.PORT, data.METRICS_PORT])
    const redis = find(all, 'Service', 'redis').object
    expect(data.REDIS_URL).toBe(
      `redis://agents@${redis.metadata.name}.${redis.metadata.namespace}.svc:${redis.spec.ports[0].port}`,
    )
  })

  it('leave Redis memory to rewrite its file in, and evict nothing', () => {
    const { 'redis.conf': conf } = find(all, 'ConfigMap', 'redis').object.data
    const [redis] = find(all, 'StatefulSet', 'redis').object.spec.template.spec.containers
    expect(conf).toMatch(/^maxmemory-policy noeviction$/m)
    const most = Number(/^maxmemory (\d+)mb$/m.exec(conf)?.[1])
    expect(Number.parseInt(redis.resources.limits.memory, 10)).toBeGreaterThanOrEqual(2 * most)
  })
})
