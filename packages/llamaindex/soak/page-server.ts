/** A process that serves pages of records until it is killed. It sends its port to its parent. */
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export const RECORDS_PER_PAGE = 100
const rest = `","title":"Something happened","clearance":"internal","summary":"${'It was seen, told and ended. '.repeat(8)}"}`

/** `/api/stream` holds the records of all pages, one a line, at the pace of its reader. */
async function sendStream(response: ServerResponse, pages: number): Promise<void> {
  response.setHeader('content-type', 'application/x-ndjson')
  for (let page = 1; page <= pages; page++) {
    if (!response.write(`${recordsOf(page).join('\n')}\n`)) await once(response, 'drain')
  }
  response.end()
}

function recordsOf(page: number, count = RECORDS_PER_PAGE): string[] {
  const first = (page - 1) * RECORDS_PER_PAGE
  return Array.from({ length: count }, (_, index) => `{"id":"rec-${first + index}${rest}`)
}

/** `/api/records?page=1` holds records 0 to 99; pages after `pages` are empty. */
function bodyOf(page: number, pages: number): string {
  return `{"records":[${recordsOf(page, page > pages ? 0 : RECORDS_PER_PAGE).join(',')}]}`
}

const pages = Number(process.argv[2] ?? 10_000)
const server = createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost')
  if (pathname === '/api/stream') return void sendStream(response, pages)
  const page = Number(searchParams.get('page'))
  response.setHeader('content-type', 'application/json')
  response.end(bodyOf(page, pages))
})
server.listen(0, '127.0.0.1', () => {
  process.send?.((server.address() as AddressInfo).port)
})
