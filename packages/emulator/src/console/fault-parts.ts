import { html } from 'hono/html'
import type { Fault } from '../faults/fault.ts'
import type { PendingFault } from '../faults/fault-queue.ts'
import type { ConsoleView } from './console-view.ts'
import { actionButton, type Html } from './page-parts.ts'

/** The faults that the page offers. A test can make the others, with any value, by `control.failNext`. */
export const offeredFaults: Readonly<Record<string, Fault>> = {
  'status 503': { kind: 'status', status: 503 },
  'status 500': { kind: 'status', status: 500 },
  'status 429, retry after 2 s': { kind: 'status', status: 429, retryAfter: '2' },
  'delay of 1 s': { kind: 'delay', ms: 1_000 },
  'delay of 10 s': { kind: 'delay', ms: 10_000 },
  'no response': { kind: 'hang' },
  'connection reset': { kind: 'reset' },
  'connection reset after handling': { kind: 'drop_after_handling' },
  'connection reset in the body': { kind: 'reset_mid_body' },
  'half a JSON text': { kind: 'truncated_json' },
  'HTML page': { kind: 'html' },
  'redirect to another host': { kind: 'redirect', location: 'https://other.invalid/' },
  'expired delegation': { kind: 'expired_token' },
  'delegation of another client': { kind: 'wrong_client' },
  'unsigned delegation': { kind: 'unsigned' },
}

/** How many requests a fault applies to, by the value in the form. */
export const offeredTimes: Readonly<Record<string, number>> = {
  '1': 1,
  '3': 3,
  '10': 10,
  always: Number.POSITIVE_INFINITY,
}

export function faultForm(csrf: string): Html {
  return html`<form method="post" action="/console/fail" class="fields row">
    <input type="hidden" name="csrf" value="${csrf}" />
    <label for="fault">Fault</label>
    <select id="fault" name="fault">${Object.keys(offeredFaults).map((name) => html`<option>${name}</option>`)}</select>
    <label for="times">Requests</label>
    <select id="times" name="times">${Object.keys(offeredTimes).map((name) => html`<option>${name}</option>`)}</select>
    <label for="path">Path, or empty for any</label>
    <input id="path" name="path" autocomplete="off" spellcheck="false" placeholder="/secure-vault/records" />
    <button>Turn on</button>
  </form>`
}

/** The faults that wait for requests, and the button that turns them off. */
export function faultList({ faults, show }: ConsoleView, csrf: string): Html[] {
  if (faults.length === 0) return [html`<p id="no-faults">No fault is on.</p>`]
  const items = faults.map((one) => html`<li><bdi>${show(faultText(one))}</bdi></li>`)
  return [
    html`<ul id="fault-items">${items}</ul>`,
    html`<div id="clear-faults-form">${actionButton({
      ...{ id: 'clear-faults', action: '/console/clear-faults', csrf, label: 'Turn all off' },
    })}</div>`,
  ]
}

function faultText({ fault, path, times }: PendingFault): string {
  const status = 'status' in fault && fault.status !== undefined ? ` ${fault.status}` : ''
  const where = path === undefined ? 'any path' : String(path)
  const count = times === Number.POSITIVE_INFINITY ? 'every request' : requestCount(times)
  return `${fault.kind}${status}, ${count}, ${where}`
}

function requestCount(times: number): string {
  return times === 1 ? 'the next request' : `the next ${times} requests`
}
