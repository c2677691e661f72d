import * as monitoring from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1'
import * as apps from 'kubernetes-models/apps/v1'
import * as networking from 'kubernetes-models/networking.k8s.io/v1'
import * as policy from 'kubernetes-models/policy/v1'
import * as core from 'kubernetes-models/v1'
import type { Manifest } from './manifests.ts'

const groups: Readonly<Record<string, object>> = {
  v1: core,
  'apps/v1': apps,
  'policy/v1': policy,
  'networking.k8s.io/v1': networking,
  'monitoring.coreos.com/v1': monitoring,
}

/** What the schema of its kind says against an object; an unknown field is a problem, as for `kubectl --validate=strict`. */
export function schemaProblems({ file, apiVersion, kind, object }: Manifest): string[] {
  const Kind: unknown = Reflect.get(groups[apiVersion] ?? {}, kind)
  if (typeof Kind !== 'function') return [`${file}: ${apiVersion} ${kind} is not known`]
  const { watched, unread } = watch(object)
  try {
    // Not on an instance, whose constructor copies everything.
    Kind.prototype.validate.call(watched)
  } catch (error) {
    return [`${file}: ${kind}: ${error instanceof Error ? error.message : error}`]
  }
  return unread().map((path) => `${file}: ${kind}: ${path} is no field`)
}

/**
 * The schemas let unknown fields pass, and their compiled form does not list the known ones. But it reads each field that it
 * knows: what nothing has read is unknown.
 */
function watch(object: unknown): { watched: unknown; unread: () => string[] } {
  const unread = new Set<string>()
  const wrap = (value: unknown, path: string): unknown => {
    if (typeof value !== 'object' || value === null) return value
    const members = new Map(
      Object.entries(value).map(([key, member]) => {
        unread.add(`${path}.${key}`)
        return [key, wrap(member, `${path}.${key}`)]
      }),
    )
    return new Proxy(value, {
      get(target, key, receiver) {
        if (typeof key !== 'string' || !members.has(key)) return Reflect.get(target, key, receiver)
        unread.delete(`${path}.${key}`)
        return members.get(key)
      },
    })
  }
  const watched = wrap(object, '')
  return { watched, unread: () => [...unread].filter((path) => !isBelow(path, unread)) }
}

/** Below an unknown field everything is unknown: it is named once. */
function isBelow(path: string, unread: ReadonlySet<string>): boolean {
  const parent = path.slice(0, path.lastIndexOf('.'))
  return parent !== '' && (unread.has(parent) || isBelow(parent, unread))
}
