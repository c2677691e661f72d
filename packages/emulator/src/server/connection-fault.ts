/** What becomes of the connection instead of a whole answer. */
export type ConnectionFault = 'hang' | 'reset' | 'reset_mid_body' | 'truncated'

/** A Response cannot say that it never arrives, so the mark lies beside it. */
const faults = new WeakMap<Response, ConnectionFault>()

/** Marks an answer for the transport, which alone can lose it: `node-server.ts` or `in-process.ts`. */
export function markFault(response: Response, fault: ConnectionFault): Response {
  faults.set(response, fault)
  return response
}

export function faultOf(response: Response): ConnectionFault | undefined {
  return faults.get(response)
}

/** The half of a body that still arrives, and the length the headers promise. */
export async function halfOf(response: Response): Promise<{ part: Uint8Array; length: number }> {
  const body = new Uint8Array(await response.arrayBuffer())
  // Of an empty body there is no half: then two bytes are promised and one comes.
  const whole = body.length > 1 ? body : new Uint8Array(2)
  return { part: whole.subarray(0, whole.length >> 1), length: whole.length }
}
