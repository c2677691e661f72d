/** What becomes of the connection instead of a whole answer. */
export type ConnectionFate = 'hang' | 'reset' | 'reset_mid_body' | 'truncated'

/** A Response cannot say that it never arrives, so the mark lies beside it. */
const fates = new WeakMap<Response, ConnectionFate>()

/** Marks an answer for the transport, which alone can lose it: `node-server.ts` or `in-process.ts`. */
export function withFate(response: Response, fate: ConnectionFate): Response {
  fates.set(response, fate)
  return response
}

export function fateOf(response: Response): ConnectionFate | undefined {
  return fates.get(response)
}

/** The half of a body that still arrives, and the length the headers promise. */
export async function halfOf(response: Response): Promise<{ part: Uint8Array; length: number }> {
  const body = new Uint8Array(await response.arrayBuffer())
  // Of an empty body there is no half: then two bytes are promised and one comes.
  const whole = body.length > 1 ? body : new Uint8Array(2)
  return { part: whole.subarray(0, whole.length >> 1), length: whole.length }
}
