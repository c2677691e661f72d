import {
  type AuthSecClient,
  type AuthSecClientOptions,
  type AuthSecEvent,
  createAuthSecClient,
} from '@authsec/core'
import { expectNoSecrets, type Secrets } from './secrets.ts'

export interface FuzzClient {
  readonly client: AuthSecClient
  /** Throws when an event since the last check holds a secret. */
  checkEvents(secrets: Secrets): void
}

/** A client without a budget and a limit, because it is called as often as time allows; its events are checked. */
export function fuzzClient(options: AuthSecClientOptions): FuzzClient {
  const events: AuthSecEvent[] = []
  const client = createAuthSecClient({
    ...options,
    budget: { callsPerWindow: Infinity, bytesPerWindow: Infinity },
    rateLimit: { requestsPerMinute: 100_000 },
    onEvent: (event) => void events.push(event),
  })
  return {
    client,
    checkEvents(secrets) {
      for (const event of events.splice(0))
        expectNoSecrets(`the event ${event.type}`, event, secrets)
    },
  }
}
