import { ConfigError } from '../options/config-error.ts'
import { kindOf } from '../options/option-checks.ts'
import { hasMethods } from '../options/option-values.ts'

/** Checks of the arguments that middleware gets. Each throws a `ConfigError`. */

export function assertVerifier(verifier: unknown): void {
  if (hasMethods(verifier, ['verify'])) return
  const isOther = typeof verifier === 'object' && verifier !== null
  throw new ConfigError({
    code: verifier === undefined ? 'config_missing' : 'config_invalid',
    message: `The verifier must be an object with the method verify, not ${isOther ? 'another object' : kindOf(verifier)}.`,
    hint: 'Pass what createDelegationVerifier returns as the first argument.',
  })
}

/** Fails for middleware that was added to another framework than its own. */
export function assertFramework(isIts: boolean, name: string, expects: string): void {
  if (isIts) return
  throw new ConfigError({
    code: 'config_invalid',
    message: `${name} was called with other arguments than ${expects}.`,
    hint: 'Use expressBearer in Express, honoBearer in Hono, fastifyBearer in Fastify, and authenticateRequest with a standard Request.',
  })
}

/** Whether a value has the headers of a Node.js request, as the requests of Express and Fastify have. */
export function hasHeaders(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || !('headers' in value)) return false
  return typeof value.headers === 'object' && value.headers !== null
}
