import { type ErrorDetail, isErrorDetail } from '../answers/error-detail.ts'
import { assertClient } from '../client/assert-client.ts'
import type { AuthSecClient, ResourceSummary } from '../client/client.ts'
import { invalidOption, type OptionChecks } from '../options/option-checks.ts'
import { optional, optionalNames, optionalNumber, optionalText } from '../options/option-values.ts'
import { type ApprovalRule, checkApprovalRule } from '../policy/resource-policy.ts'

/** What the developer decides about a tool, independent of the model's input. */
export interface ToolPolicyOptions {
  /** The configured resource to call. Default: the only one. */
  readonly resource?: string | undefined
  /** Permission the token must carry, all of them. Chosen by the developer, never by the model. */
  readonly permission?: string | readonly string[] | undefined
  /** A person must approve each call before it is sent. Default: the resource's rule. */
  readonly approval?: ApprovalRule | undefined
  /**
   * Longest result given to the model, in characters of the whole outcome as JSON. A longer one is cut after a
   * record. Default: 65 536. Below about 100 there is room for the outcome's own fields only.
   */
  readonly maxResultCharacters?: number | undefined
  /**
   * What the model is given of the API's reason for a 4xx, such as "amount must be positive", as `detail`: untrusted
   * data beside our own message. `true`: what the body says in a common shape; a text: the path of the reason in the
   * body, such as `error.message`; a function: what it returns, and no `detail` for `undefined`. Scrubbed, on one line
   * of at most 300 characters. Events have the reason in any case. Default: true.
   */
  readonly errorDetail?: ErrorDetail | undefined
}

export interface ToolPolicy extends ToolPolicyOptions {
  readonly maxResultCharacters: number
  readonly errorDetail: ErrorDetail
}

export const policyChecks: OptionChecks<ToolPolicyOptions> = {
  resource: optionalText,
  permission: optionalNames,
  approval: optional(checkApprovalRule),
  maxResultCharacters: optionalNumber({
    least: 1,
    most: 100_000_000,
    unit: 'characters',
    integer: true,
  }),
  errorDetail: optional(isErrorDetail),
}

export function toolPolicy({
  resource,
  permission,
  approval,
  maxResultCharacters = 65_536,
  errorDetail = true,
}: ToolPolicyOptions): ToolPolicy {
  return Object.freeze({ resource, permission, approval, maxResultCharacters, errorDetail })
}

/** Refuses, when it is defined, a tool whose calls would all be refused. Without a client, the first call does so. */
export function assertResource(
  client: AuthSecClient | undefined,
  { resource: name, method, tool }: { resource: string | undefined; method: string; tool: string },
): void {
  if (client === undefined) return
  assertClient(client, `The client of the tool ${tool}`)
  const { resources } = client
  const resource = chosen(resources, name)
  if (!resource) {
    const names = resources.map((one) => one.name).join(', ') || 'none'
    throw invalidOption(
      `\`resource\` of the tool ${tool}`,
      name === undefined
        ? 'is needed: the client does not have exactly one resource'
        : 'does not name a resource of the client',
      `Name one of the configured resources: ${names}. More are listed in \`resources\` of the client.`,
    )
  }
  if (resource.methods.includes(method)) return
  throw invalidOption(
    `\`method\` of the tool ${tool}`,
    `is not allowed for the resource ${resource.name}`,
    `Allowed: ${resource.methods.join(', ')}. Add others to \`methods\` of the resource.`,
  )
}

function chosen(
  resources: readonly ResourceSummary[],
  name: string | undefined,
): ResourceSummary | undefined {
  if (name === undefined) return resources.length === 1 ? resources[0] : undefined
  return resources.find((resource) => resource.name === name)
}
