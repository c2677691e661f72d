import type {
  Approval,
  ApprovalPoll,
  ApprovalQuestion,
  PendingApproval,
} from '../approval/approval.ts'
import type { SecureFetchResponse } from '../call/response-guard.ts'
import { createSecureFetch } from '../call/secure-fetch.ts'
import { createStandardFetch } from '../call/standard-fetch.ts'
import type { ExchangeCloudCredentials } from '../cloud/cloud-credentials.ts'
import { type AuthSecClientOptions, type ClientConfig, createConfig } from '../config/config.ts'
import { createEmitter, type Mode } from '../events.ts'
import { createTransport } from '../http/create-transport.ts'
import type { SecureFetchRequest } from '../policy/plan-call.ts'
import { fingerprint } from '../support/fingerprint.ts'
import { createDelegationApi } from '../token/delegation-api.ts'
import type { DelegationToken } from '../token/delegation-token.ts'
import { createTokenSource, type GetTokenOptions } from '../token/token-source.ts'
import { createLazyParts } from './lazy-parts.ts'

/** One agent's identity: its token, and the calls that carry it. Made by `createAuthSecClient`. */
export interface AuthSecClient extends AsyncDisposable {
  /** Decided when the client is made; never changes. */
  readonly mode: Mode
  /** The protected APIs that can be called, by name, with their methods. */
  readonly resources: readonly ResourceSummary[]
  /**
   * The delegation token: from memory while it is good, refreshed ahead of its expiry, one request
   * for all concurrent callers. Throws `DelegationError`, or the signal's reason.
   */
  getDelegationToken(options?: GetTokenOptions): Promise<DelegationToken>
  /**
   * Calls an endpoint of a configured API with the token. HTTP error statuses are responses.
   * Throws `ResourceError`, `DelegationError`, or the signal's reason.
   */
  secureFetch(request: SecureFetchRequest): Promise<SecureFetchResponse>
  /**
   * A standard `fetch` for code that wants one: carries the token to configured APIs, refuses every
   * other URL, follows no redirect. The body is streamed, unparsed and not scrubbed.
   */
  fetch(input: string | URL, init?: RequestInit): Promise<Response>
  /**
   * Puts a question to a person's device, once. Keep the result to poll later, also in another
   * process. Throws `ApprovalError`.
   */
  startApproval(question: ApprovalQuestion): Promise<PendingApproval>
  /** Asks once whether there is an answer; wait `pending.intervalSeconds` before each call. Throws `ApprovalError` for a no. */
  pollApproval(
    pending: PendingApproval,
    options?: { signal?: AbortSignal | undefined },
  ): Promise<ApprovalPoll>
  /** Puts a question and waits for the answer, at most `timeoutMs` (default 120 000). Throws `ApprovalError` for anything but a yes. */
  requestApproval(
    question: ApprovalQuestion & { timeoutMs?: number | undefined },
  ): Promise<Approval>
  /**
   * Trades the delegation token for credentials of a cloud. `@authsec/core/cloud` wraps it for the
   * clouds' own SDKs. Throws `CloudExchangeError`; public AuthSec servers do not offer it yet.
   */
  exchangeCloudCredentials: ExchangeCloudCredentials
  /** Forgets the token and ends what is under way. */
  close(): Promise<void>
}

export interface ResourceSummary {
  readonly name: string
  readonly methods: readonly string[]
  /** Whether the resource has an approval rule of its own. */
  readonly requiresApproval: boolean
}

/**
 * Makes a live client. Nothing is sent until the first call. Throws `ConfigError` for the first
 * option that cannot work.
 */
export function createAuthSecClient(options: AuthSecClientOptions): AuthSecClient {
  return assembleClient(options, createConfig(options), 'live')
}

export function assembleClient(
  options: AuthSecClientOptions,
  config: ClientConfig,
  mode: Mode,
): AuthSecClient {
  const emit = createEmitter(options.onEvent)
  const transport = createTransport(options.fetch, options.dispatcher)
  const api = createDelegationApi(config, transport, emit)
  const tokens = createTokenSource(api, config, emit)
  const { approvals, exchange } = createLazyParts(config, transport, tokens, emit)
  const parts = { config, transport, tokens, approvals, emit }
  const resources = config.resources.map(({ name, methods, approval }) =>
    Object.freeze({
      name,
      methods: Object.freeze([...methods]),
      requiresApproval: approval !== undefined,
    }),
  )
  const close = async (): Promise<void> => tokens.close()

  for (const warning of config.warnings) emit(warning)
  emit({
    type: 'client.created',
    mode,
    authSecOrigin: config.authSecUrl.origin,
    clientFingerprint: fingerprint('cid', config.clientId),
    resources: resources.map(({ name }) => name),
  })
  return Object.freeze<AuthSecClient>({
    mode,
    resources: Object.freeze(resources),
    getDelegationToken: tokens.get,
    secureFetch: createSecureFetch(parts),
    fetch: createStandardFetch(parts),
    startApproval: async (question) => (await approvals()).start(question),
    pollApproval: async (pending, options) => (await approvals()).poll(pending, options),
    requestApproval: async (question) => (await approvals()).request(question),
    exchangeCloudCredentials: async (provider, options) => (await exchange())(provider, options),
    close,
    [Symbol.asyncDispose]: close,
  })
}
