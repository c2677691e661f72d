/** What happens to the connection instead of a complete response. */
export type ConnectionFault = 'hang' | 'reset' | 'reset_mid_body' | 'truncated'

/** A Response has no property for a broken connection, so the fault is kept outside it. */
const faults = new WeakMap<Response, ConnectionFault>()

/** Marks a response with the fault that the transport (`node-server.ts` or `in-process.ts`) carries out. */
export function markFault(response: Response, fault: ConnectionFault): Response {
  faults.set(response, fault)
  return response
}

export function faultOf(response: Response): ConnectionFault | undefined {
  return faults.get(response)
}

/** The half of a body that arrives, and the length that the headers announce. */
export async function halfOf(response: Response): Promise<{ part: Uint8Array; length: number }> {
  const body = new Uint8Array(await response.arrayBuffer())
  // An empty body has no half. Then the headers announce two bytes, and one arrives.
  const whole = body.length > 1 ? body : new Uint8Array(2)
  return { part: whole.subarray(0, whole.length >> 1), length: whole.length }
}
