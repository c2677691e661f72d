import type { Decisions } from './decisions/decisions.ts'

/** What middleware needs of a verifier beside its method. */
export interface VerifierParts {
  /** Where the API publishes its metadata (RFC 9728), for challenges. */
  readonly resourceMetadataUrl: string | undefined
  /** In lower case. */
  readonly callIdHeader: string
  /** Tells the decision about a request without a readable token; `undefined` when nobody listens. */
  readonly reject: Decisions['reject'] | undefined
}

const known = new WeakMap<object, VerifierParts>()

export function rememberParts(verifier: object, parts: VerifierParts): void {
  known.set(verifier, parts)
}

/** `undefined` for a verifier of another make, such as one that wraps ours. */
export function partsOf(verifier: object): VerifierParts | undefined {
  return known.get(verifier)
}
