import {
  createDelegationVerifier,
  type DelegationVerifier,
  type DelegationVerifierOptions,
  VerificationError,
} from '../../src/index.ts'
import { AUDIENCE, AUTHSEC_URL, type Authority } from './authority.ts'

export function createTestVerifier(
  authority: Authority,
  options: Partial<DelegationVerifierOptions> = {},
): DelegationVerifier {
  const hasOwnSource = options.jwksUrl !== undefined || options.keys !== undefined
  return createDelegationVerifier({
    ...(!hasOwnSource && { authSecUrl: AUTHSEC_URL }),
    tenantId: authority.tenantId,
    audience: AUDIENCE,
    fetch: authority.fetch,
    clock: authority.clock,
    ...options,
  })
}

/** The code of the error that the verification rejects with, or `ok`. */
export async function codeOf(verification: Promise<unknown>): Promise<string> {
  try {
    await verification
    return 'ok'
  } catch (error) {
    if (VerificationError.isInstance(error)) return error.code
    throw error
  }
}

/** Lets background work end that needs no timer. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve))
}
