import { invalidOption } from '../options/option-checks.ts'
import { digestOf } from '../support/canonical-json.ts'
import { packageVersion } from '../support/user-agent.ts'
import type { AuditRecord } from './audit-record.ts'

/** An event of OCSF 1.9.0, class API Activity (6003), with the profiles `ai_operation` and `record_integrity`. */
export interface OcsfEvent extends Readonly<Record<string, unknown>> {
  readonly class_uid: 6003
  readonly category_uid: 6
  readonly activity_id: number
  readonly type_uid: number
  readonly severity_id: number
  /** Milliseconds since 1970. */
  readonly time: number
}

export interface OcsfOptions {
  /**
   * The event before this one in the chain. With it, `attestation_list` links the two by their fingerprints, which
   * are over the OCSF events and not over the lines of the log.
   */
  readonly previous?: OcsfEvent | undefined
  /** Where the agent runs, for `src_endpoint`, such as `{ hostname, ip }`. Default: the fingerprint of the client. */
  readonly source?: Readonly<Record<string, unknown>> | undefined
}

const CLASS = 6003
const ACTIVITIES = new Map<string, readonly [id: number, name: string]>([
  ['POST', [1, 'Create']],
  ['GET', [2, 'Read']],
  ['HEAD', [2, 'Read']],
  ['OPTIONS', [2, 'Read']],
  ['PUT', [3, 'Update']],
  ['PATCH', [3, 'Update']],
  ['DELETE', [4, 'Delete']],
])
const SHA_256 = { algorithm_id: 3, algorithm: 'SHA-256' }
const HEX = { encoding_id: 1, encoding: 'Hex' }
const JCS = { serialization_id: 2, serialization: 'JCS' }

/**
 * Translates a record into an OCSF event: API Activity (`class_uid` 6003) of OCSF 1.9.0. The HTTP method of a call
 * chooses the activity; approvals, tokens and what else is no call are activity 99, named after the record. The
 * user is `actor.user`, the agent `ai_agent`, its token `delegation`. Status 1 is success, 2 failure, 99 names the
 * outcome of what has not ended. Severity is 1, for failures 2, and for what was refused or denied 3. Fields
 * without a place are in `unmapped`, the place in the chain of the log among them.
 *
 * @throws ConfigError - `config_invalid` for a record without a time.
 *
 * @example
 * ```ts
 * import { type AuditRecord, toOcsf } from '@authsec/core/audit'
 *
 * export const ocsfLine = (line: string): string =>
 *   JSON.stringify(toOcsf(JSON.parse(line) as AuditRecord, { source: { hostname: 'agent-1' } }))
 * ```
 */
export function toOcsf(record: AuditRecord, options: OcsfOptions = {}): OcsfEvent {
  const time = Date.parse(record.time)
  if (Number.isNaN(time)) throw invalidOption('record.time', 'must be a time in ISO 8601')
  const event = defined({
    ...classification(record),
    ...statusOf(record),
    time,
    metadata: metadataOf(record),
    actor: actorOf(record),
    src_endpoint: options.source ?? { uid: record.client ?? 'unknown', svc_name: 'authsec-agent' },
    api: apiOf(record),
    resources: record.resource === undefined ? undefined : [{ name: record.resource }],
    http_request: record.method === undefined ? undefined : { http_method: record.method },
    http_response: record.status === undefined ? undefined : { code: record.status },
    ai_agent: agentOf(record),
    delegation: delegationOf(record),
    unmapped: unmappedOf(record),
  }) as OcsfEvent
  return record.chain === undefined ? event : attested(event, record, options.previous)
}

function classification({ kind, outcome, method }: AuditRecord): Record<string, unknown> {
  const known = kind === 'call' ? ACTIVITIES.get(method ?? '') : undefined
  const [id, name] = known ?? [99, `${kind} ${outcome}`]
  return {
    category_uid: 6,
    category_name: 'Application Activity',
    class_uid: CLASS,
    class_name: 'API Activity',
    activity_id: id,
    activity_name: name,
    type_uid: CLASS * 100 + id,
  }
}

const UNENDED = ['started', 'suspended', 'asked']
const REFUSED = ['refused', 'denied']
const FAILED = ['failed', 'expired', 'cancelled', 'dropped', 'lost']

function statusOf({ outcome, status, code, reason, cause }: AuditRecord): Record<string, unknown> {
  const isRefused = REFUSED.includes(outcome) || status === 401 || status === 403
  const isFailed = isRefused || FAILED.includes(outcome) || (status ?? 0) >= 400
  const detail = reason ?? cause
  return {
    severity_id: isRefused ? 3 : isFailed ? 2 : 1,
    ...(UNENDED.includes(outcome)
      ? { status_id: 99, status: outcome }
      : { status_id: isFailed ? 2 : 1, status: isFailed ? 'Failure' : 'Success' }),
    status_code: code ?? (status === undefined ? undefined : String(status)),
    status_detail: detail,
  }
}

function metadataOf({ callId, chain, seq }: AuditRecord): Record<string, unknown> {
  return defined({
    version: '1.9.0',
    profiles: chain === undefined ? ['ai_operation'] : ['ai_operation', 'record_integrity'],
    product: { name: '@authsec/core', vendor_name: 'AuthSec', version: packageVersion },
    uid: chain === undefined ? undefined : uidOf(chain, seq ?? 0),
    sequence: seq,
    correlation_uid: callId,
    log_name: 'authsec-audit',
  })
}

function uidOf(chain: string, seq: number): string {
  return `${chain}:${seq}`
}

/** The principal: the user, or the agent that acts for nobody. */
function actorOf({ user, caller, client }: AuditRecord): Record<string, unknown> {
  const name = user ?? caller
  return {
    ...(name !== undefined && { user: { name } }),
    application: defined({ name: 'authsec-agent', uid: client }),
  }
}

function apiOf(record: AuditRecord): Record<string, unknown> {
  const { kind, outcome, method, route, resource, callId, status, code, reason } = record
  const isCall = method !== undefined && route !== undefined
  const response = defined({ code: status, error: code, error_message: reason })
  return defined({
    operation: isCall ? `${method} ${route}` : `${kind} ${outcome}`,
    service: resource === undefined ? undefined : { name: resource },
    request: callId === undefined ? undefined : { uid: callId },
    response: Object.keys(response).length === 0 ? undefined : response,
  })
}

/** OCSF needs its ID or its name. */
function agentOf({ client, subject, run }: AuditRecord): unknown {
  if (client === undefined && subject === undefined) return undefined
  return defined({ uid: client, name: subject, instance_uid: run })
}

function delegationOf({ token, permission, kind, expiresAt }: AuditRecord): unknown {
  if (token === undefined) return undefined
  const isToken = kind === 'token'
  return defined({
    uid: token,
    scopes: permission,
    expiration_time: isToken && expiresAt !== undefined ? Date.parse(expiresAt) : undefined,
  })
}

/** Everything that has no place of its own, and the place in the chain of the log. */
function unmappedOf(record: AuditRecord): Record<string, unknown> {
  const { kind, outcome, tool, toolCallId, user, caller, permission, approval, mode } = record
  const { provider, attempts, tokenProblem, cause, durationMs, algorithm, lost, expiresAt } = record
  const { chain, seq, prev, hash } = record
  return defined({
    ...{ kind, outcome, mode, tool, toolCallId, provider, permission, approval, attempts },
    ...{ tokenProblem, cause, durationMs, expiresAt, algorithm, lost },
    caller: user === undefined ? undefined : caller,
    line: hash === undefined ? undefined : defined({ chain, seq, prev, hash }),
  })
}

/** The fingerprint covers the event with its link to the one before, and without itself. */
function attested(
  event: OcsfEvent,
  { chain = '', seq = 0 }: AuditRecord,
  previous: OcsfEvent | undefined,
): OcsfEvent {
  const link = {
    chain_uid: chain,
    ...(seq > 0 && { prev_event: previousOf(uidOf(chain, seq - 1), previous) }),
  }
  const value = digestOf({ ...event, attestation_list: [link] })
  const fingerprint = { ...SHA_256, ...HEX, ...JCS, value }
  return { ...event, attestation_list: [{ ...link, fingerprint }] }
}

function previousOf(uid: string, previous: OcsfEvent | undefined): Record<string, unknown> {
  const metadata: unknown = previous?.['metadata']
  if (!previous || Reflect.get(Object(metadata), 'uid') !== uid) return { uid }
  const list: unknown = previous['attestation_list']
  const fingerprint: unknown = Array.isArray(list) ? Object(list[0]).fingerprint : undefined
  return defined({ uid, type_uid: previous.type_uid, fingerprint })
}

function defined(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}
