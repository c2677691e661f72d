import { randomBytes } from 'node:crypto'
import { Hono } from 'hono'
import { SignJWT } from 'jose'
import { adminRoutes } from './admin-routes.ts'
import { createDelegationStore, type DelegateOptions } from './delegation.ts'
import { delegationRoutes } from './delegation-routes.ts'
import type { HonoEnv } from './hono-env.ts'
import { keyRoutes } from './key-routes.ts'
import { createSettings, type EmulatorOptions } from './options.ts'
import { rateLimit } from './rate-limit.ts'
import { type RecordedRequest, recordRequests } from './request-log.ts'
import { createSigningKey } from './signing-keys.ts'
import { validateRoutes } from './validate-routes.ts'
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
  const settings = createSettings(options)
  const tenantKey = createSigningKey('default')
  const decoyKey = createSigningKey('authsec-spiffe-key-1')
  const sessionSecret = randomBytes(32)
  const store = createDelegationStore(settings, tenantKey)
  const requests: RecordedRequest[] = []

  const app = new Hono<HonoEnv>()
  app.use(recordRequests(requests, settings.now))
  if (settings.rateLimit) app.use('/authsec/*', rateLimit(settings.now))
  app.route('/', delegationRoutes(settings, store))
  app.route('/', keyRoutes(settings, tenantKey, decoyKey))
  app.route('/', adminRoutes(settings, store, sessionSecret))
  app.route('/', validateRoutes(settings, store, tenantKey))
  app.route('/', vaultRoutes(settings, store, tenantKey))
  // The server's router answers in plain text, which tells a wrong base URL from a missing agent.
  app.notFound((c) => c.text('404 page not found', 404))

  return {
    clientId: settings.clientId,
    tenantId: settings.tenantId,
    requests,
    fetch: async (request, remoteAddress) =>
      app.fetch(request, remoteAddress === undefined ? {} : { remoteAddress }),
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
      issuedTokens: store.issued,
    },
  }
}
