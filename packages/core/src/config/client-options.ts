import type { OnEvent } from '../events.ts'
import type { Dispatcher, FetchLike } from '../http/transport.ts'
import type { Instrumentation } from '../instrumentation.ts'
import { type ApprovalOptions, optionalApprovalOptions } from '../options/approval-limits.ts'
import type { OptionChecks } from '../options/option-checks.ts'
import {
  optional,
  optionalChoice,
  optionalClock,
  optionalFunction,
  optionalList,
  optionalMilliseconds,
  optionalNumber,
  optionalObject,
  optionalText,
  required,
  uncheckedHere,
} from '../options/option-values.ts'
import { optionalRateLimit, type RateLimit } from '../options/rate-limit.ts'
import { optionalSealingKeys, type SealingKey } from '../options/sealing-keys.ts'
import type { CibaFlow } from '../pending.ts'
import type { BudgetLimits } from '../policy/budget-limits.ts'
import type { ResourceOptions } from '../policy/resource-policy.ts'
import { type AuthSecStore, optionalStore } from '../store/store.ts'
import type { Clock } from '../support/clock.ts'

export interface AuthSecClientOptions {
  /** The AuthSec server: its root, or the URL that ends in `/authsec`. https, or http on loopback. */
  baseUrl: string | URL
  /** The agent's client ID, a UUID. It is enough to pull a token: treat it as a secret. */
  clientId: string
  /** Session token for servers that require an authenticated caller (contract 1.3, 401). Default: none. */
  apiToken?: string | undefined
  /** The tenant's UUID: a delegation token or an approval of another tenant is refused (`wrong_tenant`). Default: that of the token, unchecked. */
  tenantId?: string | undefined
  /** Where the client ID is sent when a token is pulled (contract 1.1). `query` is for servers that ignore the header `X-Client-ID`; proxies, access logs and tracing record it there. Default: `header`. */
  clientIdIn?: 'header' | 'query' | undefined
  /** The protected APIs the agent may call. Default: none, so nothing is reachable. */
  resources?: readonly ResourceOptions[] | undefined
  /** Total time for one request to AuthSec, in milliseconds, retries included. Default: 10 000. */
  timeoutMs?: number | undefined
  /** How often this process asks the AuthSec server, for all its clients together, and how long a request waits for its turn. Default: 90 requests a minute, 10 000 ms. */
  rateLimit?: RateLimit | undefined
  /** How long before expiry a caller waits for a newer token, in seconds. Default: the smaller of 60 s and a tenth of the lifetime. */
  refreshMarginSeconds?: number | undefined
  /** Longest token lifetime that is accepted, in seconds. Default: 86 400, one day. */
  maxTokenLifetimeSeconds?: number | undefined
  /** How people are asked for approval (CIBA). Default: the admin flow, without a default approver. */
  ciba?: CibaConfig | undefined
  /** How often one approver is asked: how many questions are open and wait, and how many may stay without an approval. Default: one open, ten waiting for two minutes, three within ten minutes, one minute after a denial. */
  approvals?: ApprovalOptions | undefined
  /** What processes share: it makes sure that one approval executes one call among all of them. Default: none, so that holds for this process only. */
  store?: AuthSecStore | undefined
  /**
   * Keys that seal the delegation token in `store`, so that the processes of one agent share it: AuthSec is asked by
   * one of them, and the others read. The first key seals, all of them open. Whoever has a key and can read the
   * store has the token. Default: none, and no token ever leaves the process (environment: AUTHSEC_TOKEN_KEYS).
   */
  tokenKeys?: readonly SealingKey[] | undefined
  /** What the client may use within a minute, and one run of an agent where the framework tells runs apart. Default: 3 000 calls, 1 GiB of answers, 1 000 concurrent calls; in a run 100 calls, 50 MiB, 8 concurrent calls. */
  budget?: Partial<BudgetLimits> | undefined
  /** Called with each event. It cannot change a call, and what it throws is dropped. */
  onEvent?: OnEvent | undefined
  /** Runs token requests, calls, approvals and each request to an API inside spans. `@authsec/otel` makes one. Default: none, at no cost. */
  instrumentation?: Instrumentation | undefined
  /** Sends the requests instead of undici, or of the `fetch` of a runtime without Node.js: must support `redirect: 'manual'` and `signal`. */
  fetch?: FetchLike | undefined
  /** A dispatcher of undici 6, 7 or 8, for a client certificate for example. Only in Node.js, Deno and Bun. The client never closes it, lets it follow no redirect, and leaves address checks to it. */
  dispatcher?: Dispatcher | undefined
  /** An http or https proxy for all requests to https servers, with user name and password in its URL if it asks for them; NO_PROXY names exceptions, and loopback is never asked through it. `false` uses none. Default: HTTPS_PROXY where Node.js is told to use it (NODE_USE_ENV_PROXY=1 or --use-env-proxy), else none. */
  proxy?: string | URL | false | undefined
  /** The source of all time stamps and timers, for tests. Default: the system's. */
  clock?: Clock | undefined
}

/** Options of human approval by CIBA. */
export interface CibaConfig {
  /** Which of the server's flows. Default: `workspace` with a client secret, `tenant` with a client ID, else `admin`. */
  readonly flow?: CibaFlow | undefined
  /** Client ID of the tenant or workspace flow: where the approver is registered, not the agent's. */
  readonly clientId?: string | undefined
  /** For the workspace flow of newer servers: sent by HTTP Basic authentication. */
  readonly clientSecret?: string | undefined
  /** The approver when a rule names none: an e-mail address. */
  readonly loginHint?: string | undefined
  /**
   * Asks the server for pings (CIBA Core 10.2): the secret with which it calls the program back, at least 128 bits of
   * randomness in 22 to 1 024 characters. Default: none; public AuthSec servers send no pings yet.
   */
  readonly notificationToken?: string | undefined
}

/** The address and the client ID are checked where they are parsed, resources where they are created. */
export const clientOptionChecks: OptionChecks<AuthSecClientOptions> = {
  baseUrl: uncheckedHere,
  clientId: uncheckedHere,
  apiToken: optionalText,
  tenantId: optionalText,
  clientIdIn: optionalChoice('header', 'query'),
  resources: optionalList(uncheckedHere),
  timeoutMs: optionalMilliseconds,
  rateLimit: optionalRateLimit,
  refreshMarginSeconds: optionalNumber({ least: 0.001, most: 86_400, unit: 'seconds' }),
  maxTokenLifetimeSeconds: optionalNumber({ least: 1, most: 315_360_000, unit: 'seconds' }),
  ciba: optionalObject,
  approvals: optionalApprovalOptions,
  store: optionalStore,
  tokenKeys: optionalSealingKeys,
  budget: optionalObject,
  onEvent: optionalFunction,
  instrumentation: optionalObject,
  fetch: optionalFunction,
  dispatcher: optional(
    required(
      (value) => ['dispatch', 'request'].every((name) => typeof Object(value)[name] === 'function'),
      'an undici dispatcher, which has the methods dispatch and request',
    ),
  ),
  proxy: optional(
    required(
      (value) => value === false || typeof value === 'string' || value instanceof URL,
      'a URL or false',
    ),
  ),
  clock: optionalClock,
}
