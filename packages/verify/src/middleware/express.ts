import { checkRequirement, type PermissionRequirement } from '../token/permissions.ts'
import type { DelegationVerifier } from '../verifier.ts'
import { bearerToken, refusalOf, rememberClaims } from './bearer.ts'

/** What is used of Express's request. */
export interface ExpressRequestLike {
  readonly headers: { readonly authorization?: string | undefined }
}

/** What is used of Express's response; any `node:http` response fits. */
export interface ExpressResponseLike {
  statusCode: number
  setHeader(name: string, value: string): unknown
  end(body: string): unknown
}

export type ExpressMiddleware = (
  request: ExpressRequestLike,
  response: ExpressResponseLike,
  next: (error?: unknown) => void,
) => Promise<void>

/**
 * Express middleware: lets a request pass that carries a good token with the permissions, and answers
 * the others with 401, 403 or 503. `delegationOf(req)` has the claims afterwards. Throws a `TypeError`
 * for a requirement that cannot be meant.
 */
export function expressBearer(
  verifier: DelegationVerifier,
  requirement: PermissionRequirement = {},
): ExpressMiddleware {
  const needed = checkRequirement(requirement)
  return async (request, response, next) => {
    try {
      const token = bearerToken(request.headers.authorization)
      rememberClaims(request, await verifier.verify(token, needed))
    } catch (error) {
      return answer(error, response, next)
    }
    next()
  }
}

function answer(
  error: unknown,
  response: ExpressResponseLike,
  next: (error?: unknown) => void,
): void {
  try {
    const { status, headers, body } = refusalOf(error)
    response.statusCode = status
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
    response.end(body)
  } catch (unexpected) {
    next(unexpected)
  }
}
