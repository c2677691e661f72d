/** What runs inside a page. The project is compiled without the types of a browser, so these are texts. */

export const SCROLL_WIDTH = 'document.documentElement.scrollWidth'
export const FOCUSED_ID = "document.activeElement?.id ?? ''"

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

/** Tries everything that a page of another origin can do to a console. Returns the names of what worked. */
export function attackOn(target: string): string {
  return `(async (target) => {
    const got = []
    const post = (type, body, more) => ({ method: 'POST', headers: { 'content-type': type }, body, ...more })
    const tries = {
      read: ['', {}],
      'read with credentials': ['', { credentials: 'include' }],
      press: ['console/revoke', post('application/x-www-form-urlencoded', 'agent=1')],
      'press with JSON': ['console/revoke', post('application/json', '{"agent":1}')],
      'press blindly': ['console/revoke', post('text/plain', 'agent=1', { mode: 'no-cors' })],
      put: ['console/revoke', { method: 'PUT', body: 'agent=1' }],
    }
    for (const [name, [path, init]] of Object.entries(tries)) {
      const answer = await fetch(target + path, init).catch(() => undefined)
      if (answer?.ok) got.push(name)
    }
    const events = new EventSource(target + 'console/events')
    await new Promise((resolve) => {
      events.onerror = resolve
      events.addEventListener('update', () => resolve(got.push('events')))
    })
    events.close()
    const load = (element) => new Promise((resolve) => {
      element.onload = () => resolve(true)
      element.onerror = () => resolve(false)
      document.body.append(element)
    })
    const script = Object.assign(document.createElement('script'), { src: target + 'console/console.js' })
    if (await load(script)) got.push('script')
    const frame = Object.assign(document.createElement('iframe'), { src: target })
    await load(frame)
    try {
      if (frame.contentDocument?.querySelector('h1')) got.push('frame')
    } catch {}
    return got
  })(${JSON.stringify(target)})`
}
