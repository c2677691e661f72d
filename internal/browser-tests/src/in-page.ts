/** What runs inside a page. The project is compiled without the types of a browser, so these are texts. */

export const SCROLL_WIDTH = 'document.documentElement.scrollWidth'
export const FOCUSED_ID = "document.activeElement?.id ?? ''"
/** The name of what has the focus, as far as it is written: that of a field is its label. */
export const FOCUSED_TEXT = `(({ labels, innerText }) =>
  (labels?.[0]?.innerText ?? innerText).replaceAll(/\\s+/g, ' ').trim())(document.activeElement)`

/** Puts a copy of the first card where the live events do not reach it, as in a tab that lost its connection. */
export const KEEP_STALE_CARD =
  "document.querySelector('main').append(document.getElementById('approvals').firstElementChild.cloneNode(true))"

/** Sends a form to an address, as a page of any origin can. */
export function submitForm(address: string): string {
  return `{
    const form = document.createElement('form')
    form.method = 'post'
    form.action = ${JSON.stringify(address)}
    form.innerHTML = '<input name=agent value=1>'
    document.body.append(form)
    form.submit()
  }`
}

/** The statuses that a page gets for reading the events and for pressing a button of its own origin. */
export const READ_AND_PRESS = `(async () => {
  const press = { method: 'POST', body: new URLSearchParams({ agent: '1' }) }
  const answers = [await fetch('/console/events'), await fetch('/console/revoke', press)]
  return answers.map(({ status }) => status)
})()`

/** What a page of another origin may try to reach. */
export interface Targets {
  readonly address: string
  /** A path that changes something, with a body as a form and as JSON. */
  readonly press: readonly [path: string, form: string, json: string]
  /** Paths that may be read. */
  readonly read: readonly string[]
  readonly events: readonly [path: string, type: string]
  readonly script: string
}

export function consoleTargets(address: string): Targets {
  return {
    address,
    press: ['console/revoke', 'agent=1', '{"agent":1}'],
    read: [''],
    events: ['console/events', 'update'],
    script: 'console/console.js',
  }
}

/** Tries everything that a page of another origin can do. Returns the names of what worked. */
export function attackOn(targets: Targets): string {
  return `(async ({ address, press: [path, form, json], read, events: [stream, type], script }) => {
    const got = []
    const post = (type, body, more) => ({ method: 'POST', headers: { 'content-type': type }, body, ...more })
    const reads = read.flatMap((path) => [
      ['read /' + path, [path, {}]],
      ['read with credentials /' + path, [path, { credentials: 'include' }]],
    ])
    const tries = [
      ...reads,
      ['press', [path, post('application/x-www-form-urlencoded', form)]],
      ['press with JSON', [path, post('application/json', json)]],
      ['press with credentials', [path, post('application/json', json, { credentials: 'include' })]],
      ['press blindly', [path, post('text/plain', json, { mode: 'no-cors', credentials: 'include' })]],
      ['put', [path, { method: 'PUT', body: form }]],
    ]
    for (const [name, [to, init]] of tries) {
      const answer = await fetch(address + to, init).catch(() => undefined)
      if (answer?.ok) got.push(name)
    }
    const events = new EventSource(address + stream, { withCredentials: true })
    await new Promise((resolve) => {
      events.onerror = resolve
      events.addEventListener(type, () => resolve(got.push('events')))
    })
    events.close()
    const load = (element) => new Promise((resolve) => {
      element.onload = () => resolve(true)
      element.onerror = () => resolve(false)
      document.body.append(element)
    })
    if (await load(Object.assign(document.createElement('script'), { src: address + script }))) got.push('script')
    const frame = Object.assign(document.createElement('iframe'), { src: address })
    await load(frame)
    try {
      if (frame.contentDocument?.querySelector('h1')) got.push('frame')
    } catch {}
    return got
  })(${JSON.stringify(targets)})`
}

/** Puts a code in the place of the one that the chat shows. */
export function showCode(code: string): string {
  return `document.querySelector('.code').textContent = ${JSON.stringify(code)}`
}
