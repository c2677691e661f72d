/** The origins that a server without configuration allows: the domains of AuthSec, over http and https. */
const ALLOWED = /^https?:\/\/([\w-]+\.)*authsec\.(dev|ai)$/

/** Whether a web page is one of AuthSec's own (contract 0.1). */
export function isAuthSecOrigin(origin: string): boolean {
  return ALLOWED.test(origin)
}
