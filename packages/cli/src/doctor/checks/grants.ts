import { readFileSync } from 'node:fs'
import { extname, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { DelegationToken } from '@authsec/core'
import { nearestName } from '@authsec/core/adapter'
import type { Inputs } from '../inputs.ts'
import type { Findings } from '../report.ts'

/** Audience and permissions of the token beside what the agent needs. */
export function checkGrants(
  { audiences }: Pick<Inputs, 'audiences'>,
  needed: readonly string[],
  { audience, permissions }: DelegationToken,
  findings: Findings,
): void {
  if (audiences.length > 0 && !audiences.some((one) => audience.includes(one))) {
    const seen = `The token is for ${listed(audience)}, and not for ${listed(audiences)}`
    findings.add('audience_missing', { seen })
  }
  for (const permission of needed) {
    if (permissions.includes(permission)) continue
    const near = nearestName(permission, permissions)
    const isNear = near !== undefined && isTypo(permission, near)
    if (isNear) {
      const seen = `The operation needs ${permission}, and the token has ${near}`
      findings.add('permission_misspelt', { seen })
    } else {
      const seen = `${permission} is missing; the token has ${listed(permissions)}`
      findings.add('permission_missing', { seen })
    }
  }
}

/** `records:write` is no misspelt `records:read`: one of the two halves must be the same, and the other nearly. */
function isTypo(permission: string, near: string): boolean {
  if (permission.toLowerCase() === near.toLowerCase()) return true
  const [resource = '', action = ''] = permission.split(':')
  const [nearResource = '', nearAction = ''] = near.split(':')
  const isClose = (a: string, b: string): boolean =>
    [...a].sort().join('') === [...b].sort().join('') || lacksOne(a, b) || lacksOne(b, a)
  return (
    (resource === nearResource && isClose(action, nearAction)) ||
    (action === nearAction && isClose(resource, nearResource))
  )
}

/** Whether the first text is the second without one of its letters. */
function lacksOne(short: string, long: string): boolean {
  if (short.length !== long.length - 1) return false
  return [...long].some((_letter, index) => long.slice(0, index) + long.slice(index + 1) === short)
}

function listed(names: readonly string[]): string {
  return names.length === 0 ? 'none' : names.join(', ')
}

/** The permissions that are asked for by option or by the file, once each. Malformed ones are findings. */
export async function neededPermissions(
  inputs: Inputs,
  findings: Findings,
): Promise<readonly string[]> {
  const needed = new Set([...inputs.permissions, ...(await permissionsOfFile(inputs, findings))])
  for (const permission of needed) {
    if (/^[^\s:*]+:[^\s*]+$/.test(permission)) continue
    findings.add('permission_malformed', { seen: `It is ${JSON.stringify(permission)}` })
    needed.delete(permission)
  }
  return [...needed]
}

async function permissionsOfFile(
  { operationsFile, cwd }: Inputs,
  findings: Findings,
): Promise<readonly string[]> {
  if (operationsFile === undefined) return []
  const seen = `The file is ${operationsFile}`
  try {
    const entries = entriesOf(await contentOf(resolve(cwd, operationsFile)))
    if (entries) return entries.flatMap(permissionOf)
  } catch {
    // The finding says so.
  }
  findings.add('operations_unreadable', { seen })
  return []
}

/** JSON, or the default export of a module, as the configuration of authsec-mcp. */
async function contentOf(path: string): Promise<unknown> {
  if (extname(path) !== '.json') return (await import(pathToFileURL(path).href)).default
  return JSON.parse(readFileSync(path, 'utf8').replace(/^\uFEFF/, ''))
}

function entriesOf(content: unknown): readonly unknown[] | undefined {
  if (Array.isArray(content)) return content
  if (typeof content !== 'object' || content === null) return undefined
  const { operations, resources }: { operations?: unknown; resources?: unknown } = content
  const lists = [operations, resources].filter(Array.isArray)
  return lists.length === 0 ? undefined : lists.flat()
}

function permissionOf(entry: unknown): string[] {
  const given: unknown =
    typeof entry === 'object' && entry !== null && 'permission' in entry ? entry.permission : []
  return [given].flat().filter((one) => typeof one === 'string')
}
