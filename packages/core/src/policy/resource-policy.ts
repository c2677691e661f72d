import { METHODS } from '../identity/http-methods.ts'
import { parseBaseUrl } from '../network/network-guard.ts'
import { type ApprovalLimits, optionalApprovalLimits } from '../options/approval-limits.ts'
import { checkOptions, invalidOption, kindOf } from '../options/option-checks.ts'
import {
  isText,
  optional,
  optionalChoice,
  optionalFunction,
  optionalList,
  optionalMilliseconds,
  optionalNames,
  optionalNumber,
  optionalText,
  required,
  uncheckedHere,
} from '../options/option-values.ts'
import { optionalRiskMetadata, type RiskMetadata } from '../options/risk-metadata.ts'
import { comparablePath } from '../support/comparable-path.ts'
import { isApprovalMessage } from './approval-message.ts'
import { type FixedHeaders, fixedHeaders, optionalFixedHeaders } from './fixed-headers.ts'
import { isPlainPath } from './path-check.ts'
import { isFreeHeader } from './request-headers.ts'
import { resourceError } from './resource-error.ts'

/** A protected API the agent may call: the only kind of place a bearer is ever sent to. */
export interface ResourceOptions {
  /** The name in calls and events. Default: the host of `baseUrl`. */
  name?: string
  /** Everything below this URL, and nothing else. https, or http on loopback. */
  baseUrl: string | URL
  /** HTTP methods that may be used. Default: GET and HEAD. */
  methods?: readonly string[]
  /** Permissions the token must carry for any call of this resource; all of them. Default: none. */
  permission?: string | readonly string[]
  /** The token must list this audience, or it is not sent. Default: not checked. */
  audience?: string
  /** Redirects within this resource that GET and HEAD may follow, at most 3. Default: 0. */
  sameOriginRedirects?: number
  /** Sends the ID of the call that events and audit log have, so that the API can record it: `true` as `x-authsec-call-id`, or under this name. Nobody else can set the header then. Default: false. */
  callIdHeader?: boolean | string
  /**
   * Sent with every call of this resource, and nowhere else: `{ 'Stripe-Version': '2026-01-01' }`. At most 32. Names that
   * the client or HTTP sets are refused. The value of a header whose name says that it is a credential, such as
   * `x-api-key`, is a secret: from 16 characters on it is removed from answers. An approval is for these values too.
   * Default: none.
   */
  headers?: Readonly<Record<string, string>>
  /** A person must approve every call with an unsafe method (RFC 9110 section 9.2.1: any but GET, HEAD and OPTIONS), or those that `when` selects. Default: none. */
  approval?: ApprovalRule
  /** Total time for one call, in milliseconds. Default: 30 000. */
  timeoutMs?: number
  /** Largest response body accepted, in bytes after decoding. Default: 1 MiB. */
  maxResponseBytes?: number
}

/** When a person decides, who decides, and what they are told. A model chooses none of it. */
export interface ApprovalRule {
  /**
   * Who is asked: an e-mail address that AuthSec knows, or a function of the call and of the `user` that the program
   * named. A function must not return a text that the model wrote: such an address is refused (`approver_refused`),
   * unless it is the user. Default: `ciba.loginHint` of the client.
   */
  approver?: string | ((call: ApprovalSubject, user: string | undefined) => string) | undefined
  /** The question. `{name}` is replaced by a parameter of the call, quoted and made harmless; `{method}` and `{route}` are the call's. */
  message: string
  /** Whether this call requires the approval. Default: every call of an operation; of a resource, every call with an unsafe method. */
  when?: ((call: ApprovalSubject) => boolean) | undefined
  /** How long to wait for the answer, in milliseconds; the server allows about 300 000. Default: 120 000. */
  timeoutMs?: number | undefined
  /** How often the approver is asked by this rule, on top of `approvals` of the client. All questions to the approver count. */
  limits?: Partial<ApprovalLimits> | undefined
  /** Whether the call waits for the answer, or ends with `approval_pending` and is carried on later. Default: `block`. */
  wait?: 'block' | 'suspend' | undefined
  /** How the person is asked. Default: `ciba`. `action-guard` needs `apiToken` of the client (contract 6). */
  channel?: 'ciba' | 'action-guard' | undefined
  /** What the Agent Action Guard rates the call by. Default: nothing. */
  risk?: RiskMetadata | undefined
}

/** A planned call, as an approval rule sees it. */
export interface ApprovalSubject {
  readonly resource: string
  readonly method: string
  readonly route: string
  readonly values: Readonly<Record<string, unknown>>
}

/** A validated, frozen resource. */
export interface Resource {
  readonly name: string
  readonly baseUrl: URL
  /** See `comparablePath`. */
  readonly comparableBase: string
  /** Whether `assertPath` accepts the path of `baseUrl`. */
  readonly hasPlainBase: boolean
  readonly methods: ReadonlySet<string>
  readonly permissions: readonly string[]
  readonly audience: string | undefined
  readonly sameOriginRedirects: number
  readonly approval: ApprovalRule | undefined
  readonly headers: FixedHeaders | undefined
  /** In lower case. */
  readonly callIdHeader: string | undefined
  readonly timeoutMs: number
  readonly maxResponseBytes: number
}

/** Throws a `ConfigError` for a rule that cannot work; a misspelt one must not leave a call unguarded. */
export function checkApprovalRule(rule: unknown, field: string): void {
  checkOptions<ApprovalRule>(
    rule,
    field,
    {
      approver: optional(
        required(
          (value) => typeof value === 'function' || (typeof value === 'string' && value !== ''),
          'an e-mail address, or a function that returns one',
        ),
      ),
      message: isApprovalMessage,
      when: optionalFunction,
      timeoutMs: optionalMilliseconds,
      limits: optionalApprovalLimits,
      wait: optionalChoice('block', 'suspend'),
      channel: optionalChoice('ciba', 'action-guard'),
      risk: optionalRiskMetadata,
    },
    `${field}.`,
  )
}

export function createResource(options: ResourceOptions, field: string): Resource {
  checkOptions<ResourceOptions>(
    options,
    field,
    {
      name: optionalText,
      baseUrl: uncheckedHere,
      methods: optionalList(isText),
      permission: optionalNames,
      audience: optionalText,
      sameOriginRedirects: optionalNumber({ least: 0, most: 3, integer: true }),
      approval: optional(checkApprovalRule),
      headers: optionalFixedHeaders,
      callIdHeader: optional(isHeaderName),
      timeoutMs: optionalMilliseconds,
      maxResponseBytes: optionalNumber({ least: 1, most: 2_147_483_647, unit: 'bytes' }),
    },
    `${field}.`,
  )
  const baseUrl = parseBaseUrl(options.baseUrl, `${field}.baseUrl`)
  const methods = (options.methods ?? ['GET', 'HEAD']).map(upperCaseMethod)
  if (methods.length === 0 || methods.some((method) => !METHODS.includes(method))) {
    throw invalidOption(`${field}.methods`, `must list some of ${METHODS.join(', ')}`)
  }
  const headers = fixedHeaders(options.headers)
  const callIdHeader = headerNameOf(options.callIdHeader)
  if (callIdHeader !== undefined && headers && Object.hasOwn(headers, callIdHeader)) {
    throw invalidOption(`${field}.headers`, 'has the name that `callIdHeader` has')
  }
  return Object.freeze({
    name: options.name ?? baseUrl.host,
    baseUrl,
    comparableBase: comparablePath(baseUrl.pathname),
    hasPlainBase: isPlainPath(baseUrl.pathname.slice(1)),
    methods: new Set(methods),
    permissions: Object.freeze([...permissionList(options.permission)]),
    audience: options.audience,
    sameOriginRedirects: options.sameOriginRedirects ?? 0,
    approval: options.approval,
    headers,
    callIdHeader,
    timeoutMs: options.timeoutMs ?? 30_000,
    maxResponseBytes: options.maxResponseBytes ?? 1_048_576,
  })
}

const isHeaderName = required(
  (value) => typeof value === 'boolean' || isFreeHeader(value),
  'true, or the name of a header that is not reserved',
)

function headerNameOf(option: boolean | string | undefined): string | undefined {
  if (typeof option === 'string') return option.toLowerCase()
  return option ? 'x-authsec-call-id' : undefined
}

export function permissionList(
  permission: string | readonly string[] | undefined,
): readonly string[] {
  return [permission ?? []].flat()
}

/** Methods are written in upper case from here on. */
export function upperCaseMethod(method = 'GET'): string {
  if (typeof method === 'string') return method.toUpperCase()
  throw invalidOption('method', `must be a text, not ${kindOf(method)}`)
}

/**
 * Whether a method, in upper case, changes nothing (RFC 9110 section 9.2.1). The rule of a resource is for the others.
 *
 * @example
 * ```ts
 * import { isSafeMethod } from '@authsec/core/adapter'
 *
 * console.log(isSafeMethod('GET'), isSafeMethod('DELETE')) // true false
 * ```
 */
export function isSafeMethod(method: string): boolean {
  return method === 'GET' || method === 'HEAD' || method === 'OPTIONS'
}

export function checkMethod(resource: Resource, method: string): string {
  if (resource.methods.has(method)) return method
  throw resourceError(
    'method_refused',
    `This HTTP method is not allowed for ${resource.name}.`,
    `Allowed: ${[...resource.methods].join(', ')}. Others are added with \`methods\` of the resource.`,
  )
}
