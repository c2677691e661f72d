import type { Dispatcher as UndiciDispatcher } from 'undici'

/** Of undici: what sends requests, through a proxy for example. */
export type Dispatcher = UndiciDispatcher

/** The part of the standard `fetch` that this package needs. */
export type FetchLike = (input: string, init: RequestInit) => Promise<Response>

interface TransportRequest {
  readonly method: string
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Uint8Array<ArrayBuffer> | undefined
  readonly signal: AbortSignal
}

export interface TransportResponse {
  readonly status: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: AsyncIterable<Uint8Array>
  /** Gives the body up unread. */
  discard(): void
}

/** Sends one request and follows nothing. Live and mock differ by this function alone. */
export type Transport = (request: TransportRequest) => Promise<TransportResponse>
