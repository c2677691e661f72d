import type { Dispatcher as UndiciDispatcher } from 'undici'

/** An undici dispatcher: it sends the requests, through a proxy for example. */
export type Dispatcher = UndiciDispatcher

/** The part of the standard `fetch` that this package needs. */
export type FetchLike = (input: string, init: RequestInit) => Promise<Response>

/** Texts and bytes can be sent again, a stream cannot. */
export type RequestBody = string | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>

interface TransportRequest {
  readonly method: string
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  readonly body: RequestBody | undefined
  readonly signal: AbortSignal
}

export interface TransportResponse {
  readonly status: number
  /** The reason phrase of HTTP/1.1: text of the server. */
  readonly statusText?: string | undefined
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: AsyncIterable<Uint8Array>
  /** Discards the body unread. */
  discard(): void
}

/** Sends one request and follows no redirect. Live and mock mode differ only in this function. */
export type Transport = (request: TransportRequest) => Promise<TransportResponse>
