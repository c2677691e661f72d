import type { IAsyncPropertyWithHooks } from 'fast-check'

/** One surface that takes input from outside, with the rule that must hold for any input. */
export interface FuzzTarget extends AsyncDisposable {
  /** Throws a `Finding` when a rule is broken. */
  readonly property: IAsyncPropertyWithHooks<[unknown]>
  /** What was reached, so that a run that reaches nothing is seen. */
  readonly counts: Readonly<Record<string, number>>
}

/** A broken promise. Its message says which, without any secret. */
export class Finding extends Error {
  override readonly name = 'Finding'
}

/** The names of errors with a code that users can act on; any other error is a finding. */
const KNOWN_ERRORS = /^(ConfigError|DelegationError|ResourceError|ApprovalError|ReadError)$/

/** Throws when an error is not one of the project's own, with code and hint. */
export function expectKnownError(error: unknown, where: string): void {
  const known = error as { name?: unknown; code?: unknown; hint?: unknown } | undefined
  const isKnown =
    error instanceof Error && KNOWN_ERRORS.test(error.name) && typeof known?.code === 'string'
  if (!isKnown) throw new Finding(`${where} failed with ${describe(error)}`)
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return `a ${typeof error}`
  return `${error.name}: ${error.message.slice(0, 200)} ${error.stack?.split('\n')[1]?.trim()}`
}
