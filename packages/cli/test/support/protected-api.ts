import type { RequestListener } from 'node:http'
import {
  authenticateRequest,
  createDelegationVerifier,
  type DelegationVerifierOptions,
  type PermissionRequirement,
} from '@authsec/verify'
import { startServer, type TestServer } from '@authsec-internal/test-kit'

/** An API whose endpoints `records` verify tokens; every other path is 404 in JSON. */
export function startProtectedApi(
  options: DelegationVerifierOptions,
  requirement: PermissionRequirement = {},
): Promise<TestServer> {
  const verifier = createDelegationVerifier(options)
  return startServer(async (request, response) => {
    const url = `http://api.test${request.url}`
    const { authorization } = request.headers
    const headers = authorization === undefined ? {} : { authorization }
    const result = await authenticateRequest(verifier, new Request(url, { headers }), requirement)
    if (!result.ok) {
      const { status } = result.response
      response.writeHead(status, Object.fromEntries(result.response.headers))
      return void response.end(await result.response.text())
    }
    const isKnown = request.url === '/records'
    response.writeHead(isKnown ? 200 : 404, { 'content-type': 'application/json' })
    response.end(isKnown ? '{"records":[]}' : '{"error":"not found"}')
  })
}

/** An API that answers 401 without a token, and to one what the test says. */
export function startApi(listener: RequestListener): Promise<TestServer> {
  return startServer((request, response) => {
    if (request.headers.authorization !== undefined) return listener(request, response)
    response.writeHead(401, { 'www-authenticate': 'Bearer', 'content-type': 'application/json' })
    response.end('{"error":"token_missing"}')
  })
}
