/** The other process of a bench: an emulator of AuthSec, and an API that answers with prepared bodies. */
import { createServer } from 'node:http'
import { startEmulator } from '@authsec/emulator'
import { type BodyKind, jsonBody, KINDS } from './bodies.ts'
import { serveParent } from './child.ts'
import { listen } from './listen.ts'

/** What a client needs to know. */
export interface Api {
  readonly baseUrl: string
  readonly clientId: string
  readonly tenantId: string
  /** Below it, `words/1024` is a body of short words. Ends in `/`. */
  readonly apiUrl: string
}

const bodies = new Map<string, Buffer>()

/** `/words/1024` → the body, made at its first request. */
function bodyOf(path: string): Buffer | undefined {
  const [kind, bytes] = path.slice(1).split('/')
  const known = KINDS.find((each): each is BodyKind => each === kind)
  if (!known || !Number(bytes)) return undefined
  const body = bodies.get(path) ?? Buffer.from(jsonBody(known, Number(bytes)))
  bodies.set(path, body)
  return body
}

const server = createServer((request, response) => {
  const body = bodyOf(request.url ?? '')
  if (!body) return void response.writeHead(404).end()
  const headers = { 'content-type': 'application/json', 'content-length': body.byteLength }
  response.writeHead(200, headers).end(body)
})
const apiUrl = `${await listen(server)}/`
const { baseUrl, clientId, tenantId } = await startEmulator({ rateLimit: false })
serveParent({ baseUrl, clientId, tenantId, apiUrl } satisfies Api)
