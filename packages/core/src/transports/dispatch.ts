import { Readable } from 'node:stream'
import type { Dispatcher } from 'undici'
import type { TransportRequest, TransportResponse } from '../http/transport.ts'
import { flatHeaders, requestOf } from './dispatcher-transport.ts'
import { PushedBody } from './pushed-body.ts'

/**
 * Sends by `dispatch` of our own undici: what its parser reads goes to the reader of the body, without the stream that
 * `request` puts between them. It follows no redirect.
 */
export function dispatch(
  dispatcher: Pick<Dispatcher, 'dispatch'>,
  call: TransportRequest,
): Promise<TransportResponse> {
  return new Promise((resolve, reject) => {
    const options = requestOf(call)
    dispatcher.dispatch(options, new Exchange(call, options.body, { resolve, reject }))
  })
}

type Controller = Dispatcher.DispatchController

interface Settle {
  resolve(response: TransportResponse): void
  reject(reason: unknown): void
}

/** One request and its answer, as a handler of undici 7 and 8. */
class Exchange implements Dispatcher.DispatchHandler {
  readonly #settle: Settle
  readonly #release: () => void
  readonly #sent: unknown
  #controller: Controller | undefined
  #body: PushedBody | undefined
  #cancelled: { readonly reason: unknown } | undefined

  constructor({ cancellation }: TransportRequest, sent: unknown, settle: Settle) {
    this.#settle = settle
    this.#sent = sent
    this.#release = cancellation.onAbort((reason) => {
      this.#cancelled = { reason }
      this.#controller?.abort(asError(reason))
      this.#fail(reason)
    })
  }

  /** A request that was given up while it waited for a connection is not sent. */
  onRequestStart(controller: Controller): void {
    this.#controller = controller
    if (this.#cancelled) controller.abort(asError(this.#cancelled.reason))
  }

  onResponseStart(
    controller: Controller,
    status: number,
    headers: UndiciHeaders,
    statusText?: string,
  ): void {
    // An interim response (RFC 9110 section 15.2): the answer is still to come.
    if (status < 200) return
    const body = new PushedBody(controller)
    this.#body = body
    const discard = (): void => body.discard()
    this.#settle.resolve({ status, statusText, headers: headersOf(headers), body, discard })
  }

  onResponseData(_controller: Controller, piece: Uint8Array): void {
    this.#body?.push(piece)
  }

  onResponseEnd(): void {
    this.#release()
    this.#body?.end()
  }

  onResponseError(_controller: Controller | null, error: unknown): void {
    this.#release()
    this.#fail(error)
  }

  #fail(error: unknown): void {
    this.#settle.reject(error)
    this.#body?.end({ error })
    if (this.#sent instanceof Readable) this.#sent.on('error', () => undefined).destroy()
  }
}

type UndiciHeaders = Record<string, string | string[] | undefined>

/** Their names are in lower case. The record is used as it is, unless a header came twice. */
function headersOf(headers: UndiciHeaders): Record<string, string> {
  return isFlat(headers) ? headers : flatHeaders(headers)
}

function isFlat(headers: UndiciHeaders): headers is Record<string, string> {
  for (const name in headers) if (typeof headers[name] !== 'string') return false
  return true
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error('The request was ended.', { cause: reason })
}
