import { MAX_CALLS } from './call-rows.ts'

/** The script of the page, as it is served. It shows HTML of the server only, in which every value is escaped. */
export const SCRIPT = `'use strict'
const byId = (id) => document.getElementById(id)
const MAX_CALLS = ${MAX_CALLS}
let offset = 0

/** Replaces the children that changed, so that the others keep their focus and what a person typed. */
function show(section, html) {
  const template = document.createElement('template')
  template.innerHTML = html
  const known = new Map([...section.children].map((child) => [child.id, child]))
  const focused = document.activeElement
  const wanted = [...template.content.children].map((child) => {
    const kept = known.get(child.id)
    if (kept && sourceOf(kept) === child.outerHTML) return kept
    child.source = child.outerHTML
    return child
  })
  const hadFocus = section.contains(focused)
  for (const child of [...section.children]) if (!wanted.includes(child)) child.remove()
  wanted.forEach((child, at) => {
    if (section.children[at] !== child) section.insertBefore(child, section.children[at] || null)
  })
  countDown()
  if (!hadFocus || document.contains(focused)) return
  const again = focused.id && byId(focused.id)
  ;(again || section.parentElement.querySelector('h2')).focus()
}

/** The HTML of the server. Countdowns have changed what the element holds by now. */
function sourceOf(element) {
  return element.source
}

function countDown() {
  for (const time of document.querySelectorAll('time[data-until]')) {
    const left = Math.ceil((Number(time.dataset.until) - Date.now() - offset) / 1000)
    const hours = Math.floor(left / 3600)
    const text = [hours, Math.floor(left / 60) % 60, left % 60]
      .map((part) => String(part).padStart(2, '0'))
      .slice(hours > 0 ? 0 : 1)
      .join(':')
    const shown = left > 0 ? text : 'ended'
    if (time.textContent !== shown) time.textContent = shown
  }
}

function matches(row) {
  return row.textContent.toLowerCase().includes(byId('filter').value.trim().toLowerCase())
}

function addCalls(html) {
  if (byId('pause').checked) return
  const template = document.createElement('template')
  template.innerHTML = html
  for (const row of [...template.content.children]) {
    if (byId(row.id)) row.remove()
    else row.hidden = !matches(row)
  }
  const calls = byId('calls')
  calls.prepend(template.content)
  while (calls.children.length > MAX_CALLS) calls.lastElementChild.remove()
}

function update({ epoch, now, sections, waiting, calls }) {
  if (epoch !== document.body.dataset.epoch) return location.reload()
  offset = now - Date.now()
  for (const [id, html] of Object.entries(sections)) show(byId(id), html)
  if (waiting !== byId('waiting').textContent) byId('waiting').textContent = waiting
  const count = Number.parseInt(waiting, 10)
  document.title = (count > 0 ? '(' + count + ') ' : '') + 'AuthSec emulator'
  if (calls) addCalls(calls)
}

function connect() {
  const connection = byId('connection')
  connection.textContent = 'Connecting'
  const events = new EventSource('/console/events')
  events.addEventListener('open', () => { connection.textContent = 'Live' })
  events.addEventListener('error', () => {
    const isOver = events.readyState === EventSource.CLOSED
    connection.textContent = isOver ? 'Not live. Reload the page.' : 'Disconnected'
  })
  events.addEventListener('update', (event) => update(JSON.parse(event.data)))
}

async function send(form, button) {
  if (form.dataset.busy) return
  form.dataset.busy = 'yes'
  const body = new URLSearchParams(new FormData(form, button))
  try {
    const action = form.getAttribute('action')
    const answer = await fetch(action, { method: 'POST', headers: { accept: 'text/plain' }, body })
    byId('said').textContent = await answer.text()
  } catch {
    byId('said').textContent = 'The emulator does not answer.'
  } finally {
    delete form.dataset.busy
  }
}

document.addEventListener('submit', (event) => {
  if (event.target.method !== 'post') return
  event.preventDefault()
  void send(event.target, event.submitter)
})
document.addEventListener('click', async (event) => {
  const button = event.target.closest('[data-copy]')
  if (!button) return
  const code = button.parentElement.querySelector('code').textContent
  const copied = await navigator.clipboard.writeText(code).then(() => true, () => false)
  byId('said').textContent = copied ? 'Copied.' : 'The browser does not allow copying. Select the text.'
})
byId('filter').addEventListener('input', () => {
  for (const row of byId('calls').children) row.hidden = !matches(row)
})
for (const id of ['approvals', 'agents', 'faults']) {
  for (const child of byId(id).children) child.source = child.outerHTML
}
countDown()
setInterval(countDown, 500)
connect()
`
