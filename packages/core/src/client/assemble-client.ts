import type { ClientConfig } from '../config/config.ts'
import type { Resource } from '../policy/resource-policy.ts'
import type { AuthSecClient, ResourceSummary } from './client.ts'
import { ClientParts, type Foundation } from './client-parts.ts'

const PARTS = Symbol('parts')

interface Assembled {
  readonly [PARTS]: ClientParts
}

/** Where each member of a client comes from. */
const members: {
  readonly [Name in keyof AuthSecClient]: (parts: ClientParts) => AuthSecClient[Name]
} = {
  mode: ({ mode }) => mode,
  resources: ({ config }) => summariesOf(config.resources),
  getDelegationToken: ({ getToken }) => getToken,
  secureFetch: ({ calls }) => calls.send,
  plan: ({ calls }) => calls.plan,
  fetch: ({ fetch }) => fetch,
  startApproval: ({ approvals }) => approvals.start,
  pollApproval: ({ approvals }) => approvals.poll,
  cancelApproval: ({ approvals }) => approvals.cancel,
  requestApproval: ({ approvals }) => approvals.request,
  waitForApproval: ({ approvals }) => approvals.wait,
  useApproval: ({ approvals }) => approvals.use,
  sealApproval: ({ approvals }) => approvals.seal,
  viewApproval: ({ approvals }) => approvals.view,
  handleApprovalPing: ({ handlePing }) => handlePing,
  exchangeCloudCredentials: ({ exchange }) => exchange,
  close: ({ close }) => close,
  [Symbol.asyncDispose]: ({ close }) => close,
}

/**
 * All clients have the same getters, so that one more client costs no function. They are members of the client
 * itself: a copy by spreading has all functions, and each of them works without the client beside it.
 */
const getters: PropertyDescriptorMap = Object.fromEntries(
  Reflect.ownKeys(members).map((name) => {
    const member: (parts: ClientParts) => unknown = Reflect.get(members, name)
    return [name, { enumerable: true, get: getter }]

    function getter(this: Assembled): unknown {
      return member(this[PARTS])
    }
  }),
)

export function assembleClient(foundation: Foundation, config: ClientConfig): AuthSecClient {
  const { mode } = foundation
  const parts = new ClientParts(foundation, config)
  for (const warning of config.warnings) parts.emit(warning)
  parts.emit({
    type: 'client.created',
    mode,
    authSecOrigin: config.authSecUrl.origin,
    resources: config.resources.map(({ name }) => name),
  })
  const client = Object.defineProperty({}, PARTS, { value: parts })
  return Object.freeze(Object.defineProperties(client, getters)) as AuthSecClient
}

/** Whether `close()` of this client, which `assembleClient` made, was called. */
export function isClosed(client: AuthSecClient): boolean {
  return (client as AuthSecClient & Assembled)[PARTS].isClosed
}

/**
 * Whether a client has a `store` that outlives this process, in which others see that an approval was used. An approval
 * that was collected is then safe in a checkpoint; without it, a process that dies after the call may leave behind what
 * executes it once more. False for a client of another copy of this package.
 *
 * @example
 * ```ts
 * import { createAuthSecClientFromEnv } from '@authsec/core'
 * import { hasLastingStore } from '@authsec/core/adapter'
 *
 * console.log(hasLastingStore(createAuthSecClientFromEnv())) // false
 * ```
 */
export function hasLastingStore(client: AuthSecClient): boolean {
  return (client as AuthSecClient & Partial<Assembled>)[PARTS]?.hasLastingStore ?? false
}

/** Clients of a pool have the same list of resources. */
const summaries = new WeakMap<readonly Resource[], readonly ResourceSummary[]>()

function summariesOf(resources: readonly Resource[]): readonly ResourceSummary[] {
  const made = summaries.get(resources) ?? Object.freeze(resources.map(summaryOf))
  summaries.set(resources, made)
  return made
}

function summaryOf({ name, methods, approval }: Resource): ResourceSummary {
  return Object.freeze({
    name,
    methods: Object.freeze([...methods]),
    requiresApproval: approval !== undefined,
  })
}
