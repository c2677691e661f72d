import type { VerificationContext } from '../decisions/context.ts'
import { VerificationError } from '../errors.ts'
import { DEFAULT_CALL_ID_HEADER } from '../options/settings.ts'
import type { DelegationClaims } from '../token/claims.ts'
import type { PermissionRequirement } from '../token/permissions.ts'
import type { DelegationVerifier } from '../verifier.ts'
import { partsOf, type VerifierParts } from '../verifier-parts.ts'
import { type AuthorizationHeader, bearerToken } from './bearer.ts'

/** Reads what a decision says of the request. */
export type ReadContext = (callIdHeader: string) => VerificationContext

/** Verifies the only bearer token of a request, so that `onDecision` learns of it and of the request. */
export async function verifyBearer(
  verifier: DelegationVerifier,
  header: AuthorizationHeader,
  requirement: PermissionRequirement,
  read: ReadContext,
): Promise<DelegationClaims> {
  const parts = partsOf(verifier)
  const context = parts && !parts.reject ? undefined : contextFrom(read, parts)
  let token: string | undefined
  try {
    token = bearerToken(verifier, header)
  } catch (error) {
    if (VerificationError.isInstance(error)) {
      parts?.reject?.({ requirement, context, secrets: wordsOf(header) }, error)
    }
    throw error
  }
  return await verifier.verify(token, requirement, context)
}

/** A getter of a framework that throws must not decide about a request. */
function contextFrom(read: ReadContext, parts: VerifierParts | undefined): VerificationContext {
  try {
    return read(parts?.callIdHeader ?? DEFAULT_CALL_ID_HEADER)
  } catch {
    return {}
  }
}

/** What stands in all `Authorization` headers, word by word. */
function wordsOf({ value, rawHeaders = [] }: AuthorizationHeader): readonly string[] {
  const others = rawHeaders.filter(
    (_, index) =>
      index % 2 === 1 && String(rawHeaders[index - 1]).toLowerCase() === 'authorization',
  )
  return [value, ...others].flat().flatMap((text) => String(text).split(/[\s,]+/))
}
