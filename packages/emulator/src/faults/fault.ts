/** A failure of one request. The table in README.md lists for each kind whether the request takes effect. */
export type Fault =
  /** The response is `ms` milliseconds late, from 0 to 2 147 483 647. */
  | { readonly kind: 'delay'; readonly ms: number }
  /** The server never responds. */
  | { readonly kind: 'hang' }
  /** The connection is reset before any header. */
  | { readonly kind: 'reset' }
  /** The request takes effect, then the connection is reset before any header. */
  | { readonly kind: 'drop_after_handling' }
  /** The connection is reset after the headers and half of the body. */
  | { readonly kind: 'reset_mid_body' }
  /** The connection closes normally after half of the announced length. */
  | { readonly kind: 'truncated' }
  /** The body arrives one byte at a time, every `ms` milliseconds. */
  | { readonly kind: 'drip'; readonly ms: number }
  /** A response with this status, from 200 to 599. A `body` that is not a string is sent as JSON. */
  | {
      readonly kind: 'status'
      readonly status: number
      readonly body?: unknown
      readonly headers?: Readonly<Record<string, string>>
      /** The value of the `Retry-After` header. */
      readonly retryAfter?: string
    }
  /** A redirect to `location` with the status 302, or `status`, from 300 to 399. */
  | { readonly kind: 'redirect'; readonly location: string; readonly status?: number }
  /** 200 with an HTML page, such as a proxy or a captive portal sends. */
  | { readonly kind: 'html' }
  /** 200 with the first half of a JSON text. */
  | { readonly kind: 'truncated_json' }
  /** 200 with a JSON text of `bytes` bytes, at least 10, as a stream. */
  | { readonly kind: 'oversize'; readonly bytes: number }
  /** 200 with a small compressed body that decodes to a JSON text of `bytes` bytes, at least 10. */
  | {
      readonly kind: 'bomb'
      readonly encoding: 'gzip' | 'br' | 'deflate'
      readonly bytes: number
    }
  /** 200 with 64 KiB of headers. */
  | { readonly kind: 'headers_flood' }
  /** 200 with JSON that repeats the client ID and the request's headers, `authorization` included. */
  | { readonly kind: 'echo' }
  /** The `Date` header and the times of a delegation token are shifted by whole seconds. */
  | { readonly kind: 'clock'; readonly offsetSeconds: number }
  /** The delegation has the ID of another client, in the response and in the JWT. */
  | { readonly kind: 'wrong_client' }
  /** The delegation expired a minute ago. */
  | { readonly kind: 'expired_token' }
  /** The JWT has no `exp`. */
  | { readonly kind: 'no_expiry' }
  /** The JWT is unsigned (`alg: none`). */
  | { readonly kind: 'unsigned' }
  /** A poll gets a token for an approval that is used up already, as parallel polls do (contract 3.6). */
  | { readonly kind: 'reuse_approval' }

/** Which requests a fault applies to. */
export interface FaultOptions {
  /** The number of requests, 1 or more. `Infinity` lasts until `clearFaults()`. Default: 1. */
  times?: number
  /**
   * The path of the requests without the query: an exact one, or a regular expression that matches it.
   * Default: any path, for the faults of a delegation (`wrong_client`, `expired_token`, `no_expiry`,
   * `unsigned`) the path of the token endpoint, and for `reuse_approval` the paths where clients poll.
   */
  path?: string | RegExp
}
