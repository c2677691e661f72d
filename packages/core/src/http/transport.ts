import type { Readable } from 'node:stream'
import type { Cancellation } from '../support/bounded-signal.ts'

/**
 * The part of an undici dispatcher that this package uses. The agents of undici 6, 7 and 8 have it, whichever
 * version this package installs: each sends by the code of its own copy.
 */
export interface Dispatcher {
  dispatch(...options: never[]): boolean
  request(options: DispatcherRequest): Promise<DispatcherResponse>
}

export interface DispatcherRequest {
  readonly origin: string
  readonly path: string
  readonly method: 'GET'
  readonly headers: Record<string, string>
  readonly body: string | Uint8Array<ArrayBuffer> | Readable | null
  readonly signal: AbortSignal
}

export interface DispatcherResponse {
  readonly statusCode: number
  /** Not told by undici 6. */
  readonly statusText?: string | undefined
  readonly headers: Record<string, string | string[] | undefined>
  readonly body: AsyncIterable<Uint8Array> & {
    on(event: 'error', listener: () => void): unknown
    destroy(): unknown
  }
}

/** The part of the standard `fetch` that this package needs. */
export type FetchLike = (input: string, init: RequestInit) => Promise<Response>

/** Texts and bytes can be sent again, a stream cannot. */
export type RequestBody = string | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>

export interface TransportRequest {
  readonly method: string
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  readonly body: RequestBody | undefined
  readonly cancellation: Cancellation
}

/** The pieces of a body, to be read once. */
export interface ResponseBody extends AsyncIterable<Uint8Array> {
  /** Hands over each piece until the end, where there is a way that costs less than an iterator. */
  readPieces?(take: (piece: Uint8Array) => void): Promise<void>
}

export interface TransportResponse {
  readonly status: number
  /** The reason phrase of HTTP/1.1: text of the server. */
  readonly statusText?: string | undefined
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: ResponseBody
  /** Discards the body unread. */
  discard(): void
}

/** Sends one request and follows no redirect. Live and mock mode differ only in this function. */
export interface Transport {
  (request: TransportRequest): Promise<TransportResponse>
  /** What to look at when this server could not be reached, as a sentence. */
  readonly adviceFor?: ((url: URL, isReached: boolean) => string | undefined) | undefined
}
