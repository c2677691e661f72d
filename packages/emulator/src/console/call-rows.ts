import { html } from 'hono/html'
import type { RecordedRequest } from '../server/request-log.ts'
import { type Html, joined } from './page-parts.ts'
import { createShowText, shownPath } from './shown-text.ts'

/** As many calls as the page lists. */
export const MAX_CALLS = 200

/** The rows of calls that a page has not seen, and the last of these calls. */
export interface CallRows {
  /** The newest first. Empty when there is none. */
  readonly rows: string
  readonly last: RecordedRequest | undefined
}

export interface CallRowSource {
  /** The calls after the last one that a page has seen, or the last calls. */
  after(seen: RecordedRequest | undefined): CallRows
}

/** Turns the log of requests into rows. Each row is made once, for all pages. */
export function createCallRows(requests: readonly RecordedRequest[]): CallRowSource {
  const made = new WeakMap<RecordedRequest, string>()
  let count = 0

  function rowOf(request: RecordedRequest): string {
    const known = made.get(request)
    if (known !== undefined) return known
    count += 1
    const row = joined([callRow(request, count)])
    made.set(request, row)
    return row
  }

  return {
    after(seen) {
      // The log is bounded: a call that is no longer in it came before all that are.
      const start = seen === undefined ? 0 : requests.lastIndexOf(seen) + 1
      const fresh = requests.slice(Math.max(start, requests.length - MAX_CALLS))
      const rows = fresh.map(rowOf).reverse().join('')
      return { rows, last: requests.at(-1) }
    },
  }
}

/** Marks what is invisible. A path has no client ID that `shownPath` leaves. */
const show = createShowText([])

function callRow(request: RecordedRequest, number: number): Html {
  const { method, path, status, fault, durationMs, at, client, bearer } = request
  const { permission, approvalCode } = request
  return html`<tr id="call-${number}">
    <td>${new Date(at).toISOString().slice(11, 23)}</td>
    <td>${client ?? bearer ?? '–'}</td>
    <th scope="row">${method} ${show(shownPath(path))}</th>
    <td>${permission === undefined ? '–' : show(permission)}</td>
    <td class="${status >= 400 || status === 0 ? 'failed' : 'passed'}">${
      status === 0 ? 'no response' : status
    }${fault === undefined ? '' : ` (${fault})`}</td>
    <td>${durationMs < 10 ? durationMs.toFixed(1) : Math.round(durationMs)} ms</td>
    <td>${approvalCode ?? '–'}</td>
  </tr>`
}
