import type { DoctorCode } from '../doctor/codes.ts'

/** What a probe found: a code, and what was seen. Thrown inside of probes, returned by them. */
export class Problem extends Error {
  override readonly name = 'Problem'
  readonly code: DoctorCode
  /** What was seen, as a sentence. Without secrets. */
  readonly seen: string | undefined

  constructor(code: DoctorCode, seen?: string) {
    super(code)
    this.code = code
    this.seen = seen
  }
}

/** The code that the system gives a failure. */
export function systemCodeOf(error: unknown): string {
  if (error instanceof AggregateError) return systemCodeOf(error.errors[0])
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return typeof code === 'string' ? code : ''
}
