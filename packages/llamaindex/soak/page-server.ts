/** A process that serves pages of records until it is killed. It sends its port to its parent. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export const RECORDS_PER_PAGE = 100
const rest = `","title":"Something happened","clearance":"internal","summary":"${'It was seen, told and ended. '.repeat(8)}"}`

/** `/api/records?page=1` holds records 0 to 99; pages after `pages` are empty. */
function bodyOf(page: number, pages: number): string {
  const first = (page - 1) * RECORDS_PER_PAGE
  const count = page > pages ? 0 : RECORDS_PER_PAGE
  const records = Array.from({ length: count }, (_, index) => `{"id":"rec-${first + index}${rest}`)
  return `{"records":[${records.join(',')}]}`
}

const pages = Number(process.argv[2] ?? 10_000)
const server = createServer((request, response) => {
  const page = Number(new URL(request.url ?? '/', 'http://localhost').searchParams.get('page'))
  response.setHeader('content-type', 'application/json')
  response.end(bodyOf(page, pages))
})
server.listen(0, '127.0.0.1', () => {
  process.send?.((server.address() as AddressInfo).port)
})
