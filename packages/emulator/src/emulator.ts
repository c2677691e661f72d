import { randomBytes } from 'node:crypto'
import { Hono } from 'hono'
import { SignJWT } from 'jose'
import { adminRoutes } from './admin-routes.ts'
import { createDelegationStore, type DelegateOptions } from './delegation.ts'
import { delegationRoutes } from './delegation-routes.ts'
import { createFaultQueue, type Fault, type FaultOptions } from './fault.ts'
import { answerWithFault } from './fault-injection.ts'
import type { HonoEnv } from './hono-env.ts'
import { inProcessFetch } from './in-process.ts'
import { keyRoutes } from './key-routes.ts'
import type { FetchHandler } from './node-server.ts'
import { createSettings, type EmulatorOptions } from './options.ts'
import { rateLimit } from './rate-limit.ts'
import { type RecordedRequest, recorded } from './request-log.ts'
import { createSigningKey } from './signing-keys.ts'
import { vaultRoutes } from './vault-routes.ts'

/** Steers the emulator from a test or a console, as an administrator or fate would. */
export interface EmulatorControl {
  /** Delegates anew: the next pull brings a new token. */
  delegate(options?: DelegateOptions): void
  /** The next pull answers 404. The token already issued stays valid until it expires, as on the server. */
  revoke(): void
  /** The delegation runs out now: the vault refuses its token, the next pull answers 410, later ones 404. */
  expire(): void
  /** Loses the tenant's key and makes another: tokens issued before verify nowhere. */
  rotateKey(): Promise<void>
  /** A session token that opens the administrator's calls. */
  adminToken(): Promise<string>
  /** The next request that `options` admit goes wrong. Faults strike in the order in which they were asked for. */
  failNext(fault: Fault, options?: FaultOptions): void
  /** Calls off the faults that have not struck. */
  clearFaults(): void
  /** Every delegation token signed so far, to search for leaks. */
  readonly issuedTokens: readonly string[]
}

/** The AuthSec server and the protected API, without a socket. */
export interface EmulatorHandler {
  readonly clientId: string
  readonly tenantId: string
  readonly control: EmulatorControl
  /** Every request answered so far, oldest first, at most 10 000. */
  readonly requests: readonly RecordedRequest[]
  fetch(request: Request, remoteAddress?: string): Promise<Response>
}

/**
 * Makes an emulator of the April 2026 server. Nothing listens: hand requests to `fetch`. The agent
 * is registered and has an active delegation.
 */
export function createEmulator(options: EmulatorOptions = {}): EmulatorHandler {
  const { handle, ...emulator } = assembleEmulator(options)
  return { ...emulator, fetch: inProcessFetch(handle) }
}

/** The emulator before a transport: `handle` marks the answers that a transport has to lose. */
export function assembleEmulator(
  options: EmulatorOptions,
): Omit<EmulatorHandler, 'fetch'> & { readonly handle: FetchHandler } {
  const settings = createSettings(options)
  const tenantKey = createSigningKey('default')
  const decoyKey = createSigningKey('authsec-spiffe-key-1')
  const sessionSecret = randomBytes(32)
  const store = createDelegationStore(settings, tenantKey)
  const requests: RecordedRequest[] = []
  const faults = createFaultQueue()
  const forger = { key: tenantKey, remember: store.remember }

  const app = new Hono<HonoEnv>()
  if (settings.rateLimit) app.use('/authsec/*', rateLimit(settings.now))
  app.route('/', delegationRoutes(settings, store))
  app.route('/', keyRoutes(settings, tenantKey, decoyKey))
  app.route('/', adminRoutes(settings, store, sessionSecret))
  app.route('/', vaultRoutes(settings, store, tenantKey))
  // The server's router answers in plain text, which tells a wrong base URL from a missing agent.
  app.notFound((c) => c.text('404 page not found', 404))

  const handle: FetchHandler = (request, remoteAddress) => {
    const respond = async (): Promise<Response> =>
      app.fetch(request, remoteAddress === undefined ? {} : { remoteAddress })
    const fault = faults.take(new URL(request.url).pathname)
    const answer = fault
      ? () => answerWithFault(fault, request, respond, { settings, forger })
      : respond
    return recorded(request, fault?.kind, answer, { requests, now: settings.now })
  }

  return {
    clientId: settings.clientId,
    tenantId: settings.tenantId,
    requests,
    handle,
    control: {
      delegate: (delegation) => void store.delegate(delegation),
      revoke: () => void store.revoke(),
      expire: store.expire,
      rotateKey: tenantKey.rotate,
      adminToken: () =>
        new SignJWT({ token_type: 'default', scope: ['admin'] })
          .setProtectedHeader({ alg: 'HS256', kid: 'default' })
          .setIssuer('authsec-ai/auth-manager')
          .setExpirationTime(Math.floor(settings.now() / 1000) + 86_400)
          .sign(sessionSecret),
      failNext: faults.add,
      clearFaults: faults.clear,
      issuedTokens: store.issued,
    },
  }
}
