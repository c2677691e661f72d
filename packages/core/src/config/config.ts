import type { ConfigError } from '../errors.ts'
import type { EventBody, OnEvent } from '../events.ts'
import type { Dispatcher, FetchLike } from '../http/transport.ts'
import type { Instrumentation } from '../instrumentation.ts'
import { parseBaseUrl } from '../network/network-guard.ts'
import { chooseProxy, type ProxyChoice } from '../network/proxy-rules.ts'
import {
  type ApprovalLimits,
  type ApprovalOptions,
  optionalApprovalOptions,
  withLimits,
} from '../options/approval-limits.ts'
import {
  checkOptions,
  invalidOption,
  missingOption,
  type OptionChecks,
} from '../options/option-checks.ts'
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
import { refuseQuotes } from '../options/quotes.ts'
import {
  optionalRateLimit,
  type RateLimit,
  type RateLimitSettings,
  rateLimitSettings,
} from '../options/rate-limit.ts'
import {
  optionalSealingKeys,
  type RawSealingKey,
  readSealingKeys,
  type SealingKey,
} from '../options/sealing-keys.ts'
import type { CibaFlow } from '../pending.ts'
import { type BudgetLimits, createBudgetLimits } from '../policy/budget-limits.ts'
import { createResource, type Resource, type ResourceOptions } from '../policy/resource-policy.ts'
import { boundedStore } from '../store/bounded-store.ts'
import { type AuthSecStore, optionalStore } from '../store/store.ts'
import { type Clock, systemClock } from '../support/clock.ts'
import { type Env, processEnv } from './environment.ts'

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
  /** Sends the requests instead of undici: must support `redirect: 'manual'` and `signal`. */
  fetch?: FetchLike | undefined
  /** A dispatcher of undici 6, 7 or 8, for a client certificate for example. The client never closes it, lets it follow no redirect, and leaves address checks to it. */
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

/** The validated options, canonical and frozen. */
export interface ClientConfig {
  /** Ends in `/authsec/`. */
  readonly authSecUrl: URL
  readonly clientId: string
  readonly apiToken: string | undefined
  readonly tenantId: string | undefined
  readonly clientIdIn: 'header' | 'query'
  readonly resources: readonly Resource[]
  readonly timeoutMs: number
  readonly rateLimit: RateLimitSettings
  readonly refreshMarginSeconds: number | undefined
  readonly maxTokenLifetimeSeconds: number
  readonly ciba: CibaConfig
  readonly approvals: ApprovalLimits
  /** The keys that were given. None: a random one is made when the first approval is sealed. */
  readonly approvalKeys: readonly RawSealingKey[] | undefined
  readonly showApprover: boolean
  readonly store: AuthSecStore | undefined
  /** Only beside a store. None: no token leaves the process. */
  readonly tokenKeys: readonly RawSealingKey[] | undefined
  readonly budget: BudgetLimits
  readonly proxy: ProxyChoice
  readonly instrumentation: Instrumentation | undefined
  readonly clock: Clock
  readonly warnings: readonly Extract<EventBody, { type: 'warning' }>[]
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

/** Validates every option; throws a `ConfigError` that names the first one that cannot work. */
export function createConfig(options: AuthSecClientOptions, env: Env = processEnv()): ClientConfig {
  checkOptions<AuthSecClientOptions>(options, 'the client options', clientOptionChecks)
  const resources = (options.resources ?? []).map((resource, index) =>
    createResource(resource, `resources[${index}]`),
  )
  assertDistinctNames(resources)
  const id = canonicalClientId(options.clientId)
  const clock = options.clock ?? systemClock
  const keys = options.approvals?.keys
  return Object.freeze({
    authSecUrl: authSecUrl(options.baseUrl),
    clientId: id,
    apiToken: headerSafe(options.apiToken, 'apiToken'),
    tenantId: options.tenantId === undefined ? undefined : uuid(options.tenantId, 'tenantId'),
    clientIdIn: options.clientIdIn ?? 'header',
    resources,
    timeoutMs: options.timeoutMs ?? 10_000,
    rateLimit: rateLimitSettings(options.rateLimit),
    refreshMarginSeconds: options.refreshMarginSeconds,
    maxTokenLifetimeSeconds: options.maxTokenLifetimeSeconds ?? 86_400,
    ciba: cibaConfig(options.ciba ?? {}),
    approvals: withLimits(options.approvals),
    approvalKeys: keys && readSealingKeys(keys, 'approvals.keys'),
    showApprover: options.approvals?.showApprover ?? false,
    store: options.store && boundedStore(options.store, clock),
    tokenKeys: tokenKeys(options),
    budget: createBudgetLimits(options.budget ?? {}),
    proxy: proxyChoice(options, env),
    instrumentation: options.instrumentation,
    clock,
    warnings: trimWarnings(options),
  })
}

/**
 * The configuration of one more agent, which has all but its client ID in common with a checked one. It inherits the
 * rest: a process may have many thousands of them. Spreading it would lose that.
 */
export function agentConfig(shared: ClientConfig, clientId: string): ClientConfig {
  return Object.freeze(Object.create(shared, { clientId: { value: clientId, enumerable: true } }))
}

/** Keys without a place for what they seal are a mistake: the processes would share nothing. */
function tokenKeys({ tokenKeys, store }: AuthSecClientOptions): ClientConfig['tokenKeys'] {
  if (tokenKeys === undefined) return undefined
  if (store !== undefined) return readSealingKeys(tokenKeys, 'tokenKeys')
  const hint =
    'Tokens are shared through it: set store, such as to createFileStore of @authsec/core/store, or remove tokenKeys (AUTHSEC_TOKEN_KEYS).'
  throw missingOption('store, which tokenKeys need,', hint)
}

/** A function or a dispatcher of the program decides itself which way requests go. */
function proxyChoice({ proxy, fetch, dispatcher }: AuthSecClientOptions, env: Env): ProxyChoice {
  const sender = fetch ? 'fetch' : dispatcher ? 'dispatcher' : undefined
  if (sender === undefined) return chooseProxy(proxy, env, wrongProxy)
  if (proxy === undefined || proxy === false) return {}
  throw invalidOption('proxy', `has no effect beside ${sender}`, `Remove proxy or ${sender}.`)
}

function wrongProxy(field: string, problem: string): ConfigError {
  const where = field === 'proxy' ? 'proxy (AUTHSEC_PROXY)' : field
  const hint = `Set ${where} to a URL such as http://proxy.example.com:3128. SOCKS proxies are not supported.`
  return invalidOption(field, problem, hint)
}

const ROOT =
  'Set it (AUTHSEC_BASE_URL) to the root of the AuthSec server, or to its URL that ends in /authsec.'

/** Accepts the server root and `…/authsec` (contract 7.2), and rejects longer paths. */
function authSecUrl(baseUrl: unknown): URL {
  if (typeof baseUrl !== 'string' && !(baseUrl instanceof URL)) {
    throw missingOption('baseUrl', ROOT)
  }
  const url = parseBaseUrl(baseUrl, 'baseUrl')
  if (!/^(\/authsec)?\/+$/.test(url.pathname)) {
    const isTwice = /^(\/authsec){2,}\/+$/.test(url.pathname)
    const problem = isTwice ? 'has /authsec more than once' : 'has a path other than /authsec'
    throw invalidOption('baseUrl', problem, ROOT)
  }
  url.pathname = '/authsec/'
  return url
}

/** In the form in which AuthSec knows it. Throws `ConfigError` for what is no client ID. */
export function canonicalClientId(value: unknown): string {
  if (typeof value !== 'string' || value.trim() === '') {
    throw missingOption('clientId', "Set it to the agent's client ID (AUTHSEC_AGENT_CLIENT_ID).")
  }
  return uuid(value, 'clientId')
}

const UUID_VARIABLES: Readonly<Record<string, string>> = {
  clientId: 'AUTHSEC_AGENT_CLIENT_ID',
  tenantId: 'AUTHSEC_TENANT_ID',
}

/** Converts every form that the server parses into the canonical one, the only one by which it finds tokens (contract 1.1). */
function uuid(value: string, field: string): string {
  const digits = value
    .trim()
    .toLowerCase()
    .replace(/^urn:uuid:/, '')
    .replace(/^\{(.*)\}$/, '$1')
  const match = /^([0-9a-f]{8})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{12})$/.exec(
    digits,
  )
  if (match) return match.slice(1).join('-')
  refuseQuotes(value.trim(), field)
  const variable = UUID_VARIABLES[field]
  throw invalidOption(
    field,
    'is not a UUID',
    `Copy ${field}${variable ? ` (${variable})` : ''} again from the AuthSec dashboard, whole and without additions.`,
  )
}

function cibaConfig(options: CibaConfig): CibaConfig {
  checkOptions<CibaConfig>(
    options,
    'ciba',
    {
      flow: optionalChoice('admin', 'tenant', 'workspace'),
      clientId: optionalText,
      clientSecret: optionalText,
      loginHint: optionalText,
      notificationToken: optional(isNotificationToken),
    },
    'ciba.',
  )
  const { flow, clientId, clientSecret, loginHint, notificationToken } = options
  const needsId = flow === 'tenant' || flow === 'workspace' || clientSecret !== undefined
  if (needsId && clientId === undefined) throw missingOption('ciba.clientId', FLOWS)
  if (flow === 'workspace' && clientSecret === undefined) {
    throw missingOption('ciba.clientSecret', FLOWS)
  }
  return Object.freeze({ flow, clientId, clientSecret, loginHint, notificationToken })
}

/** CIBA Core 7.1: at least 128 bits, at most 1 024 characters, a bearer token of RFC 6750. */
const isNotificationToken = required(
  (value) => typeof value === 'string' && /^[\w.~+/-]{22,1024}={0,2}$/.test(value),
  'a random text of 22 to 1 024 characters, such as 32 bytes in base64url',
)

const FLOWS =
  'The tenant flow needs ciba.clientId; the workspace flow needs ciba.clientId and ciba.clientSecret.'

function headerSafe(value: string | undefined, field: string): string | undefined {
  if (value === undefined) return undefined
  const text = value.trim()
  refuseQuotes(text, field)
  if (/^[\x21-\x7e]+$/.test(text)) return text
  throw invalidOption(
    field,
    'cannot be sent in a header',
    `Copy ${field} again: printable ASCII without spaces or line breaks.`,
  )
}

function assertDistinctNames(resources: readonly Resource[]): void {
  const names = resources.map((resource) => resource.name)
  if (new Set(names).size === names.length) return
  throw invalidOption(
    'resources',
    'has two entries of the same name',
    'Give each entry a different `name`.',
  )
}

function trimWarnings(options: AuthSecClientOptions): ClientConfig['warnings'] {
  return (['baseUrl', 'clientId'] as const)
    .filter((field) => /^\s|\s$/.test(String(options[field])))
    .map((field) => ({
      type: 'warning',
      code: 'value_trimmed',
      message: `${field} had spaces around it, which were removed.`,
    }))
}
