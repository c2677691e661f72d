import type { ConfigError } from '../errors.ts'
import type { EventBody } from '../events.ts'
import type { Instrumentation } from '../instrumentation.ts'
import { parseBaseUrl } from '../network/network-guard.ts'
import { chooseProxy, type ProxyChoice } from '../network/proxy-rules.ts'
import { type ApprovalLimits, withLimits } from '../options/approval-limits.ts'
import { checkOptions, invalidOption, missingOption } from '../options/option-checks.ts'
import { optional, optionalChoice, optionalText, required } from '../options/option-values.ts'
import { refuseQuotes } from '../options/quotes.ts'
import { type RateLimitSettings, rateLimitSettings } from '../options/rate-limit.ts'
import { type RawSealingKey, readSealingKeys } from '../options/sealing-keys.ts'
import { type BudgetLimits, createBudgetLimits } from '../policy/budget-limits.ts'
import { createResource, type Resource } from '../policy/resource-policy.ts'
import { boundedStore } from '../store/bounded-store.ts'
import type { AuthSecStore } from '../store/store.ts'
import { type Clock, systemClock } from '../support/clock.ts'
import type { AuthSecClientOptions, CibaConfig } from './client-options.ts'
import { clientOptionChecks } from './client-options.ts'
import { type Env, processEnv } from './environment.ts'
import { canonicalClientId, uuid } from './identifiers.ts'

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
