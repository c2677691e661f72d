import type { DelegationToken } from '@authsec/core'
import { readResponse } from '../../../../packages/core/src/call/response-guard.ts'
import { sendRequest } from '../../../../packages/core/src/http/send-request.ts'
import { systemClock } from '../../../../packages/core/src/support/clock.ts'
import { createTransport } from '../../../../packages/core/src/transports/create-transport.ts'

interface Target {
  readonly apiUrl: string
  readonly clientId: string
  readonly token: DelegationToken | undefined
}

/**
 * What no guarded call can do without: a deadline, a bound on the size, checked addresses, the search for secrets and
 * the bounds of JSON. Without policy, token source, budgets, retries and events: the floor of `secureFetch`.
 */
export function guardsAlone({
  apiUrl,
  clientId,
  token,
}: Target): (path: string) => Promise<unknown> {
  if (!token) throw new Error('The guards search for a token, and there is none.')
  const transport = createTransport(undefined, undefined)

  const headers = { accept: 'application/json', authorization: `Bearer ${token.value}` }
  return async (path) => {
    const url = new URL(apiUrl + path)
    const bounds = { timeoutMs: 30_000, maxBytes: 8_388_608 }
    const request = { method: 'GET', url, headers, ...bounds }
    return readResponse(await sendRequest(transport, systemClock, request), token, {
      clientId,
      secrets: [],
      url,
    }).result
  }
}
