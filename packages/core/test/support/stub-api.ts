import { createFakeClock, type FakeClock, watch } from '@authsec-internal/test-kit'
import type { AuthSecClientOptions } from '../../src/config/client-options.ts'
import { createConfig } from '../../src/config/config.ts'
import { DelegationError, type DelegationErrorCode } from '../../src/errors.ts'
import type { EventBody } from '../../src/events.ts'
import type { DelegationApi } from '../../src/token/delegation-api.ts'
import { type DelegationToken, IssuedToken } from '../../src/token/delegation-token.ts'
import { TokenCell } from '../../src/token/token-cell.ts'
import { openTokenSource, type TokenSource } from '../../src/token/token-cells.ts'

/** What the stubbed AuthSec does for one request. */
type Answer = () => Promise<DelegationToken>

export interface Engine {
  clock: FakeClock
  source: TokenSource
  /** Requests so far. */
  readonly requests: number
  events: EventBody[]
  /** What AuthSec answers from now on. */
  answer(next: Answer): void
}

/** A token engine on a stubbed server: for what depends on time and order alone. */
export function createEngine(options: Partial<AuthSecClientOptions> = {}): Engine {
  const clock = createFakeClock()
  const config = createConfig({
    baseUrl: 'https://auth.example.com',
    clientId: 'a594430b-2bd4-4792-9666-63162ee858c5',
    clock,
    ...options,
  })
  const events: EventBody[] = []
  let requests = 0
  let current: Answer = async () => tokenFor(clock, 'first', 3_600)
  const api: DelegationApi = {
    expectedMs: () => 0,
    async getDelegation() {
      requests += 1
      return { token: await current(), serverTime: undefined }
    },
  }
  const emit = (event: EventBody): void => {
    watch('event', event)
    events.push(event)
  }
  const parts = { config, means: {}, mode: 'live' } as const
  const source = openTokenSource(parts, () => new TokenCell(api, config), { emit, config })
  return {
    clock,
    source,
    events,
    get requests() {
      return requests
    },
    answer(next) {
      current = next
    },
  }
}

export function tokenFor(clock: FakeClock, name: string, ttlSeconds: number): DelegationToken {
  return new IssuedToken(`header.${name}.signature`, {
    expiresAt: new Date(clock.now() + ttlSeconds * 1000),
    issuedAt: new Date(clock.now()),
    subject: 'spiffe://example.org/agents/one',
    redactedSubject: 'spiffe://example.org/agents/one',
    permissions: ['metrics:read'],
    audience: ['authsec-api'],
    tenantId: undefined,
  })
}

export function failure(code: DelegationErrorCode, extra: object = {}): DelegationError {
  const retryable = ['server_error', 'network_error', 'timeout', 'rate_limited'].includes(code)
  return new DelegationError({ code, message: code, hint: 'none', retryable, ...extra })
}
