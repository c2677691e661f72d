import type { ObservableResult } from '@opentelemetry/api'
import { authsec } from '../attributes.ts'
import type { ClientEvent } from '../client-types.ts'

/** When the token of each client of the process expires. */
export interface TokenLife {
  /** Looks at events of tokens, whether somebody measures them already or not. */
  follow(event: ClientEvent): void
  observe(result: Pick<ObservableResult, 'observe'>): void
}

/** An expired token is shown for this long: a delegation that has run out is worth seeing. */
const SHOWN_MS = 15 * 60_000
const MOST_CLIENTS = 10_000

export function createTokenLife(now: () => number): TokenLife {
  const expiries = new Map<string, number>()

  function acquired(client: string, expiresAt: Date): void {
    expiries.delete(client)
    expiries.set(client, expiresAt.getTime())
    const [oldest] = expiries.keys()
    if (expiries.size > MOST_CLIENTS && oldest !== undefined) expiries.delete(oldest)
  }

  function observe(result: Pick<ObservableResult, 'observe'>): void {
    for (const [client, expiry] of expiries) {
      const ms = expiry - now()
      if (ms < -SHOWN_MS) expiries.delete(client)
      else result.observe(Math.max(0, ms) / 1_000, { [authsec.client]: client })
    }
  }

  /** AuthSec withdrew it: it is worth nothing from now on. */
  function dropped(client: string): void {
    if (expiries.has(client)) expiries.set(client, Math.min(now(), expiries.get(client) ?? 0))
  }

  function follow(event: ClientEvent): void {
    const { type, client, expiresAt } = event
    if (type === 'token.acquired' && expiresAt) acquired(client, expiresAt)
    if (type === 'token.dropped') dropped(client)
  }

  return { follow, observe }
}
