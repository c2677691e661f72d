import type { z } from 'zod'
import { isApprovalMessage } from '../policy/approval-message.ts'
import { type ApprovalRule, isSafeMethod } from '../policy/resource-policy.ts'
import { Inexpressible } from '../schema/inexpressible.ts'
import type { Place } from '../schema/place.ts'
import type { OperationOptions } from '../tool/define-operation.ts'
import { policyChecks } from '../tool/tool-options.ts'
import type { OpenApiOperation, OpenApiOptions } from './options.ts'

type Approval = Pick<OperationOptions<z.ZodObject<z.ZodRawShape>>, 'approval' | 'defaultApproval'>

/** What the options make of the scopes: the developer decides, and what is open is refused. */
export function permissionsFor(
  operation: OpenApiOperation,
  place: Place,
  { permissions }: OpenApiOptions,
): string | readonly string[] | undefined {
  if (typeof permissions === 'function') {
    const decided = permissions(operation)
    policyChecks.permission(decided, resultOf('permissions', operation))
    return decided
  }
  const alternatives = operation.scopes.map((scopes) => [
    ...new Set(scopes.flatMap((scope) => mapped(scope, place, permissions))),
  ])
  const keys = new Set(alternatives.map((names) => names.toSorted().join(' ')))
  if (keys.size > 1) {
    const at = `${place.pointer}/security`
    throw new Inexpressible('security_ambiguous', at, 'Several sets of scopes are alternatives.')
  }
  const [only = []] = alternatives
  return only.length === 0 ? undefined : only
}

function mapped(
  scope: string,
  { pointer }: Place,
  map: Readonly<Record<string, string | readonly string[]>> | undefined,
): readonly string[] {
  if (!map) return [scope]
  if (Object.hasOwn(map, scope)) return [map[scope] ?? []].flat()
  throw new Inexpressible('scope_unusable', `${pointer}/security`, 'A scope has no permission.')
}

/** The approval of an operation. `required` names the parameters that always have a value. */
export function approvalFor(
  operation: OpenApiOperation,
  required: readonly string[],
  { approval }: OpenApiOptions,
): Approval {
  const chosen = chosenRule(operation, approval)
  if (chosen === false) return {}
  if (chosen !== undefined) return { approval: chosen }
  if (isSafeMethod(operation.method)) return {}
  return { defaultApproval: { message: messageFor(operation.name, required) } }
}

function chosenRule(
  operation: OpenApiOperation,
  approval: OpenApiOptions['approval'],
): ApprovalRule | false | undefined {
  if (typeof approval !== 'function') return ruleFor(operation, approval)
  const decided = approval(operation)
  if (decided !== false) policyChecks.approval(decided, resultOf('approval', operation))
  return decided
}

/** Names what a function of the program returned: a mistake there is none of the document. */
export function resultOf(option: string, { name }: OpenApiOperation): string {
  return `The result of \`${option}\` for ${name}`
}

function ruleFor(
  { method }: OpenApiOperation,
  approval: ApprovalRule | false | undefined,
): ApprovalRule | false | undefined {
  return isSafeMethod(method) ? undefined : approval
}

/** Room that a value needs to be told from others, as in `bindingMessage`. */
const VALUE = 'x'.repeat(12)

/** Names the tool, and as many of its values as an approver's device has room for. */
function messageFor(name: string, required: readonly string[]): string {
  let message = `Allow ${name}?`
  for (let count = 1; count <= required.length; count++) {
    const values = required.slice(0, count)
    const next = `Allow ${name} with ${values.map((one) => `${one} {${one}}`).join(', ')}?`
    const shown = `${next.replace(/\{\w+\}/g, `{a}${VALUE}`)}`
    if (!isMessage(shown)) break
    message = next
  }
  return message
}

function isMessage(text: string): boolean {
  try {
    isApprovalMessage(text, 'message')
    return true
  } catch {
    return false
  }
}
