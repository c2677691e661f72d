import { checkFault, checkFaultOptions } from './fault-checks.ts'

/** What goes wrong with one request. README.md says of each whether the request still takes effect. */
export type Fault =
  /** The answer comes `ms` late. */
  | { readonly kind: 'delay'; readonly ms: number }
  /** No answer, ever. */
  | { readonly kind: 'hang' }
  /** The connection is reset before any header. */
  | { readonly kind: 'reset' }
  /** The request takes effect, then the connection is reset before any header. */
  | { readonly kind: 'drop_after_handling' }
  /** The connection is reset after the headers and half of the body. */
  | { readonly kind: 'reset_mid_body' }
  /** The connection ends in good order after half of the announced length. */
  | { readonly kind: 'truncated' }
  /** The body comes one byte per `ms`. */
  | { readonly kind: 'drip'; readonly ms: number }
  /** Another status. A `body` that is no string is sent as JSON. */
  | {
      readonly kind: 'status'
      readonly status: number
      readonly body?: unknown
      readonly headers?: Readonly<Record<string, string>>
      /** The `Retry-After` header, as it is to be sent. */
      readonly retryAfter?: string
    }
  /** 302, or `status`, to `location`. */
  | { readonly kind: 'redirect'; readonly location: string; readonly status?: number }
  /** 200 with an HTML page, as a proxy or a captive portal sends. */
  | { readonly kind: 'html' }
  /** 200 with the first half of a JSON text. */
  | { readonly kind: 'truncated_json' }
  /** 200 with `bytes` bytes of JSON, streamed. */
  | { readonly kind: 'oversize'; readonly bytes: number }
  /** 200 with a small compressed body that decodes to `bytes` bytes of JSON. */
  | {
      readonly kind: 'bomb'
      readonly encoding: 'gzip' | 'br' | 'deflate'
      readonly bytes: number
    }
  /** 200 with 64 KiB of headers. */
  | { readonly kind: 'headers_flood' }
  /** 200 with JSON that repeats the request's headers, `authorization` too, and the client ID. */
  | { readonly kind: 'echo' }
  /** The `Date` header and the times of a delegation token are off. */
  | { readonly kind: 'clock'; readonly offsetSeconds: number }
  /** The delegation, in the answer and in its JWT, is of another client. */
  | { readonly kind: 'wrong_client' }
  /** The delegation ran out a minute ago. */
  | { readonly kind: 'expired_token' }
  /** The JWT has no `exp`. */
  | { readonly kind: 'no_expiry' }
  /** The JWT is unsigned (`alg: none`). */
  | { readonly kind: 'unsigned' }

export interface FaultOptions {
  /** How many requests it strikes. Default: 1; `Infinity` lasts until `clearFaults()`. */
  times?: number
  /**
   * The path it waits for: exact, or what the expression finds. Default: any path; for the faults of
   * a delegation (`wrong_client`, `expired_token`, `no_expiry`, `unsigned`), the one that hands it out.
   */
  path?: string | RegExp
}

/** The faults that wait for their request, first come, first struck. */
export interface FaultQueue {
  add(fault: Fault, options?: FaultOptions): void
  clear(): void
  /** The fault that strikes a request to this path, used up by it. */
  take(path: string): Fault | undefined
}

export const DELEGATION_PATH = '/authsec/uflow/sdk/delegation-token'

const DELEGATION_FAULTS: ReadonlySet<string> = new Set([
  'wrong_client',
  'expired_token',
  'no_expiry',
  'unsigned',
] satisfies Fault['kind'][])

export function createFaultQueue(): FaultQueue {
  let waiting: { fault: Fault; path: string | RegExp | undefined; times: number }[] = []
  return {
    add(fault, options = {}) {
      checkFault(fault)
      checkFaultOptions(options)
      const { times = 1, path } = options
      const defaultPath = DELEGATION_FAULTS.has(fault.kind) ? DELEGATION_PATH : undefined
      waiting.push({ fault, path: path ?? defaultPath, times })
    },
    clear() {
      waiting = []
    },
    take(path) {
      const entry = waiting.find((one) => one.times > 0 && matches(one.path, path))
      if (!entry) return undefined
      entry.times -= 1
      waiting = waiting.filter(({ times }) => times > 0)
      return entry.fault
    },
  }
}

function matches(wanted: string | RegExp | undefined, path: string): boolean {
  if (wanted === undefined) return true
  // `search` starts from the beginning even if the expression is global.
  return typeof wanted === 'string' ? wanted === path : path.search(wanted) !== -1
}
