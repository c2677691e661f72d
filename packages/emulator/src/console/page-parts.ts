import { html } from 'hono/html'

/** A piece of the page. Its values are escaped, and none of them is a promise. */
export type Html = ReturnType<typeof html>

/** The end of a time. The script of the page replaces it by what is left of it. */
export function countdown(until: number): Html {
  const iso = new Date(until).toISOString()
  return html`<time datetime="${iso}" data-until="${Math.floor(until)}">until ${iso.slice(11, 19)} UTC</time>`
}

/** A button that is a form of its own. */
export function actionButton(form: {
  readonly id: string
  readonly action: string
  readonly csrf: string
  readonly label: string
  readonly describedBy?: string
  readonly values?: Readonly<Record<string, string | number>>
}): Html {
  const { id, action, csrf, label, describedBy, values = {} } = form
  return html`<form method="post" action="${action}">
    <input type="hidden" name="csrf" value="${csrf}" />
    ${Object.entries(values).map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}" />`)}
    <button id="${id}" ${describedBy === undefined ? '' : html`aria-describedby="${describedBy}"`}>${label}</button>
  </form>`
}

/** Joins pieces to a text. No piece waits for anything, so none is a promise. */
export function joined(pieces: readonly Html[]): string {
  return pieces.map(String).join('')
}
