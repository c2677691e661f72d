import type { Dispatcher as UndiciDispatcher } from 'undici'

/** An undici dispatcher: it sends the requests, through a proxy for example. */
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
  /** Discards the body unread. */
  discard(): void
}

/** Sends one request and follows no redirect. Live and mock mode differ only in this function. */
export type Transport = (request: TransportRequest) => Promise<TransportResponse>
