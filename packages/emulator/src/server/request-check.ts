import { optional, required, text } from '../support/option-values.ts'

const isRequest = required((value) => {
  const given: Partial<Record<keyof Request, unknown>> =
    typeof value === 'object' && value !== null ? value : {}
  return typeof given.url === 'string' && typeof given.headers === 'object' && 'signal' in given
}, 'a Request object')
const address = optional(text)

/**
 * Checks the arguments of the in-process `fetch`, which takes a Request and not a URL. Without the
 * check, a URL would cause a TypeError, as a lost connection does. Throws a `ConfigError`.
 */
export function checkRequest(request: unknown, remoteAddress: unknown): void {
  isRequest(request, 'request')
  address(remoteAddress, 'remoteAddress')
}
