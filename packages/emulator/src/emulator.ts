import { Hono } from 'hono'
import { actionRoutes } from './actions/action-routes.ts'
import { clientRoutes } from './administration/client-routes.ts'
import { policyRoutes } from './administration/policy-routes.ts'
import { cibaAdminRoutes } from './ciba/ciba-admin-routes.ts'
import { cibaTenantRoutes } from './ciba/ciba-tenant-routes.ts'
import { cloudExchangeRoutes } from './cloud/cloud-exchange-routes.ts'
import { createControl, type EmulatorControl } from './control.ts'
import { adminRoutes } from './delegation/admin-routes.ts'
import { delegationRoutes } from './delegation/delegation-routes.ts'
import { keyRoutes } from './delegation/key-routes.ts'
import { validateRoutes } from './delegation/validate-routes.ts'
import { createParts, type EmulatorParts } from './emulator-parts.ts'
import { answerWithFault } from './faults/fault-injection.ts'
import { compressed } from './middleware/compression.ts'
import { crossOrigin } from './middleware/cross-origin.ts'
import { rateLimit } from './middleware/rate-limit.ts'
import { standardHeaders } from './middleware/standard-headers.ts'
import {
  answerOptions,
  pageNotFound,
  redirectTrailingSlash,
  rejectHead,
} from './middleware/unknown-route.ts'
import type { EmulatorOptions } from './options.ts'
import { markFault } from './server/connection-fault.ts'
import type { HonoEnv } from './server/hono-env.ts'
import { inProcessFetch } from './server/in-process.ts'
import type { FetchHandler } from './server/node-server.ts'
import type { RequestFacts } from './server/request-facts.ts'
import { type RecordedRequest, recordRequest } from './server/request-log.ts'
import { refuseForeignPage } from './server/web-guard.ts'
import type { Clock } from './support/clock.ts'
import { VAULT_PATH, vaultRoutes } from './vault/vault-routes.ts'

/** The AuthSec server and the protected API, without a socket. */
export interface EmulatorHandler {
  readonly clientId: string
  readonly tenantId: string
  /** The client that requests approvals in the tenant flow. */
  readonly cibaClientId: string
  /** The secret of that client, which only the workspace profile checks. */
  readonly cibaClientSecret: string
  readonly control: EmulatorControl
  /** The last 10 000 requests, oldest first. */
  readonly requests: readonly RecordedRequest[]
  /**
   * Handles one request in process. As with the global `fetch`, a lost connection is a `TypeError` with
   * the code in its `cause`. `remoteAddress` is the caller's address for the rate limit.
   */
  fetch(request: Request, remoteAddress?: string): Promise<Response>
}

/**
 * Creates an emulator that has no socket: pass each request to its `fetch`. By default it imitates the
 * server of April 2026 (contract 1 to 6). Its agent is registered and has an active delegation of one
 * hour with the permissions `metrics:read` and `records:read`.
 *
 * Throws a `ConfigError` when an option is unknown or has a wrong type or range.
 *
 * @example
 * ```ts
 * import { createEmulator } from '@authsec/emulator'
 *
 * const emulator = createEmulator({ permissions: ['records:read'], ttlSeconds: 900 })
 * const url = new URL('http://emulator.test/authsec/uflow/sdk/delegation-token')
 * url.searchParams.set('client_id', emulator.clientId)
 * const response = await emulator.fetch(new Request(url))
 * console.log(response.status) // 200
 * ```
 */
export function createEmulator(options: EmulatorOptions = {}): EmulatorHandler {
  const { handle, emulator } = assembleEmulator(options)
  return { ...emulator, fetch: inProcessFetch(handle) }
}

interface AssembledEmulator {
  readonly emulator: Omit<EmulatorHandler, 'fetch'>
  readonly clock: Clock
  /** Marks the responses that a transport must drop. */
  readonly handle: FetchHandler
  /** Ends what the emulator does by itself. */
  stop(): void
}

/** The emulator without a transport. */
export function assembleEmulator(options: EmulatorOptions): AssembledEmulator {
  const parts = createParts(options)
  const { settings, faults } = parts
  const requests: RecordedRequest[] = []
  const server = authsecServer(parts)
  const vault = vaultServer(parts)

  const handle: FetchHandler = async (request, remoteAddress) => {
    // Before faults and records: a foreign page must not use up what a test has prepared.
    const refusal = refuseForeignPage(request)
    if (refusal) return refusal
    const { pathname } = new URL(request.url)
    const fault = faults.take(pathname)
    const isVault = pathname.startsWith(VAULT_PATH)
    const app = isVault ? vault : server
    const facts: RequestFacts = {}
    const reuseApproval = fault?.kind === 'reuse_approval'
    const respond = (): Promise<Response> =>
      routeRequest(app, request, { remoteAddress, reuseApproval, facts })
    // A fault alters a response that is not compressed.
    const plain = async (): Promise<Response> =>
      isVault ? respond() : compressed(await respond(), request)
    const answer = fault ? () => answerWithFault(fault, request, respond, parts) : plain
    return recordRequest(request, fault?.kind, answer, { requests, clock: settings.clock, facts })
  }

  const { clientId, tenantId, cibaClientId, cibaClientSecret } = settings
  const control = createControl(parts)
  return {
    emulator: { clientId, tenantId, cibaClientId, cibaClientSecret, requests, control },
    clock: settings.clock,
    handle,
    stop: parts.pings.stop,
  }
}

/** The AuthSec server: what it does on every path, and its routes. */
function authsecServer(parts: EmulatorParts): Hono<HonoEnv> {
  const { settings, agents, sessions, policies } = parts
  const app = new Hono<HonoEnv>()
  app.use(standardHeaders, crossOrigin, redirectTrailingSlash(app))
  if (settings.rateLimit) app.use(rateLimit(settings.clock))
  app.use(rejectHead, answerOptions)
  app.route('/', delegationRoutes(settings, agents, sessions))
  app.route('/', keyRoutes(settings, parts))
  app.route('/', adminRoutes(policies, agents, sessions))
  app.route('/', policyRoutes(parts))
  // Where the newer server registers agents is not known.
  if (settings.profile !== 'workspace') app.route('/', clientRoutes(agents, sessions))
  app.route('/', cibaAdminRoutes(parts))
  app.route('/', cibaTenantRoutes(parts))
  app.route('/', actionRoutes(parts))
  app.route('/', cloudExchangeRoutes(parts))
  app.route('/', validateRoutes(parts))
  app.notFound(pageNotFound)
  return app
}

/** The protected API, which is another server: it shares neither limits nor headers with AuthSec. */
function vaultServer(parts: EmulatorParts): Hono<HonoEnv> {
  const app = new Hono<HonoEnv>()
  app.route('/', vaultRoutes(parts))
  app.notFound((c) => c.text('404 page not found', 404))
  return app
}

async function routeRequest(
  app: Hono<HonoEnv>,
  request: Request,
  {
    remoteAddress,
    ...rest
  }: { remoteAddress: string | undefined; reuseApproval: boolean; facts: RequestFacts },
): Promise<Response> {
  let isDropped = false
  const response = await app.fetch(request, {
    ...(remoteAddress !== undefined && { remoteAddress }),
    ...rest,
    dropResponse() {
      isDropped = true
    },
  })
  return isDropped ? markFault(response, 'reset') : response
}
