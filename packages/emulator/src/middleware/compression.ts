import { compressed as compress } from '#runtime/platform/compression'
import { faultOf } from '../server/connection-fault.ts'

/** The server compresses only for a client that accepts it, and then with `Vary` (contract 0.1). */
export async function compressed(response: Response, request: Request): Promise<Response> {
  const accepts = /\bgzip\b/.test(request.headers.get('accept-encoding') ?? '')
  if (!accepts || !response.body || faultOf(response) !== undefined) return response
  const body = await compress([new Uint8Array(await response.arrayBuffer())], 'gzip')
  const answer = new Response(body, response)
  answer.headers.set('content-encoding', 'gzip')
  answer.headers.append('vary', 'Accept-Encoding')
  return answer
}
