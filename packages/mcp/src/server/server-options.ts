import type { Clock } from '@authsec/core'
import {
  checkOptions,
  type OptionChecks,
  optional,
  optionalChoice,
  optionalClock,
  optionalFunction,
  optionalList,
  optionalMilliseconds,
  optionalText,
  uncheckedHere,
} from '@authsec/core/adapter'
import type { OperationOptions, SecureFetchToolOptions } from '@authsec/core/tool'
import type { ServerContext } from '@modelcontextprotocol/server'

/** A declared call of a protected API, as `defineOperation` of `@authsec/core/tool` takes it. */
export type McpOperation = OperationOptions

/** Names the user of a request. */
export type UserOf = (ctx: ServerContext) => string | undefined

/** What an MCP server offers, and how it waits for approvals. */
export interface AuthSecMcpServerOptions {
  /** Declared calls, one tool each. Default: none. */
  readonly operations?: readonly McpOperation[] | undefined
  /**
   * Options of the tool `authsec_secure_fetch`, or false for no such tool. Default: the server offers
   * it when the client has exactly one resource, which allows GET, and no operation has an approval
   * rule, because the tool could read the same endpoint without the approval.
   */
  readonly secureFetch?: SecureFetchToolOptions | false | undefined
  /** The name of the server, as clients see it. Default: `authsec`. */
  readonly name?: string | undefined
  /** The version of the server, as clients see it. Default: the version of this package. */
  readonly version?: string | undefined
  /**
   * Who the agent works for, from what the MCP SDK knows of a request, and never from its arguments. It is in events and
   * the audit log, and an approval is for this user alone. Default: the subject of the caller's token, over HTTP with
   * `inbound`.
   */
  readonly user?: UserOf | undefined
  /** How calls wait for approvals. */
  readonly approvals?: ApprovalOptions | undefined
  /** Receives errors that no tool expects, and mistakes of the configuration. It cannot change the answer. Default: they are dropped. */
  readonly onError?: ((error: Error) => void) | undefined
  /** Replaces all waiting in tests. Default: the clock of the system. */
  readonly clock?: Clock | undefined
}

/** How calls wait for approvals. */
export interface ApprovalOptions {
  /**
   * `resumable`: a client of MCP 2026-07-28 sends the request again until a person has decided. Older
   * clients wait in one request. `inline`: every client waits in one request. `wait` of a rule changes neither.
   * Default: `resumable`.
   */
  readonly mode?: 'resumable' | 'inline' | undefined
  /** Longest wait within one request of a resumable call, in milliseconds. Default: 20 000. */
  readonly maxWaitMs?: number | undefined
}

/** `defineOperation` and `defineSecureFetch` check the options of the tools. */
export const serverChecks: OptionChecks<AuthSecMcpServerOptions> = {
  operations: optionalList(uncheckedHere),
  secureFetch: uncheckedHere,
  name: optionalText,
  version: optionalText,
  user: optionalFunction,
  approvals: optional(checkApprovals),
  onError: optionalFunction,
  clock: optionalClock,
}

function checkApprovals(value: unknown, field: string): void {
  const checks: OptionChecks<ApprovalOptions> = {
    mode: optionalChoice('resumable', 'inline'),
    maxWaitMs: optionalMilliseconds,
  }
  checkOptions<ApprovalOptions>(value, field, checks, `${field}.`)
}
