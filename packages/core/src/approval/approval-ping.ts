import { Buffer } from '#runtime/platform/bytes'
import { hash, timingSafeEqual } from '#runtime/platform/hashing'
import type { ClientConfig } from '../config/config.ts'
import { missingOption } from '../options/option-checks.ts'
import { parseObject } from '../support/json-object.ts'
import type { Approvals } from './approvals.ts'

/** More than the ID of a question needs. */
const MAX_BYTES = 8_192

/**
 * Answers pings of the server (CIBA Core 10.2). A ping tells that there is an answer, and never which: whoever
 * waits for it in this process polls at once. Unknown questions are ignored.
 */
export function createPingHandler(
  { ciba }: Pick<ClientConfig, 'ciba'>,
  { wake }: Pick<Approvals, 'wake'>,
): (request: Request) => Promise<Response> {
  return async function handle(request) {
    const { notificationToken } = ciba
    if (notificationToken === undefined) {
      throw missingOption('ciba.notificationToken', 'Set it, so that AuthSec can prove who calls.')
    }
    if (request.method !== 'POST') return answer(405, { allow: 'POST' })
    const [, bearer = ''] = /^Bearer (.+)$/i.exec(request.headers.get('authorization') ?? '') ?? []
    if (!isSame(bearer, notificationToken)) return answer(401, { 'www-authenticate': 'Bearer' })
    // A body that breaks off tells nothing.
    const body = await textWithin(request, MAX_BYTES).catch(() => undefined)
    const authReqId = body === undefined ? undefined : parseObject(body)?.['auth_req_id']
    if (typeof authReqId !== 'string') return answer(400)
    wake(authReqId)
    return answer(204)
  }
}

/** In the same time whatever the texts have in common. */
function isSame(given: string, expected: string): boolean {
  const digest = (text: string): Buffer => Buffer.from(hash('sha256', text), 'hex')
  return timingSafeEqual(digest(given), digest(expected))
}

function answer(status: number, headers: Record<string, string> = {}): Response {
  return new Response(null, { status, headers: { 'cache-control': 'no-store', ...headers } })
}

/** The body, unless it is longer. */
async function textWithin({ body }: Request, most: number): Promise<string | undefined> {
  const decoder = new TextDecoder()
  let text = ''
  let bytes = 0
  for await (const piece of body ?? []) {
    bytes += piece.length
    if (bytes > most) return undefined
    text += decoder.decode(piece, { stream: true })
  }
  return text + decoder.decode()
}
