import type { VerificationContext } from '../decisions/context.ts'

/** The request line as a framework gives it. */
interface RequestLine {
  readonly method: unknown
  readonly path: unknown
  /** As the program declares it. */
  readonly route: unknown
}

/** Reads the context of a decision from a request; `header` takes a name in lower case. */
export function requestContext(
  line: RequestLine,
  header: (name: string) => unknown,
  callIdHeader: string,
): VerificationContext {
  const found = { ...line, requestId: header('x-request-id'), callId: header(callIdHeader) }
  return Object.fromEntries(Object.entries(found).filter(([, value]) => typeof value === 'string'))
}
