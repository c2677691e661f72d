import { randomUUID } from 'node:crypto'
import type { AuthSecClient, FetchLike } from '@authsec/core'
import type { Checkout } from './checkouts.ts'
import { API_URL } from './clients.ts'

/** Creates the client of one more agent: of a pool, where the checkout has one. */
export function agentClients(core: Checkout['core']): () => AuthSecClient {
  const options = {
    // A host of its own, because the clients of one server share some limits.
    baseUrl: `https://${randomUUID()}.authsec.test`,
    resources: [{ name: 'api', baseUrl: API_URL }],
    fetch: answerFromMemory,
  }
  if (!('createAuthSecPool' in core)) {
    const { createAuthSecClient }: Pick<Checkout['core'], 'createAuthSecClient'> = core
    return () => createAuthSecClient({ ...options, clientId: randomUUID() })
  }
  // What the server allows within a minute is not what is measured.
  const pool = core.createAuthSecPool({ ...options, rateLimit: { requestsPerMinute: 100_000 } })
  return () => pool.client(randomUUID())
}

const PERMISSIONS = ['records:read', 'metrics:read']

/** AuthSec and an API in one, which keep nothing. Each agent gets a token of its own, whose signature nobody checks. */
const answerFromMemory: FetchLike = async (input, init) => {
  if (input.startsWith(API_URL)) return Response.json({})
  const id = new Headers(init.headers).get('x-client-id') ?? ''
  const now = Math.floor(Date.now() / 1000)
  const times = { iat: now, nbf: now, exp: now + 3_600 }
  const sub = `spiffe://example.org/agents/langchain/${id}`
  const claims = { ...times, sub, client_id: id, aud: ['api'], permissions: PERMISSIONS }
  const parts = [{ alg: 'RS256', typ: 'JWT' }, claims].map(base64url)
  const token = [...parts, 'A'.repeat(342)].join('.')
  return Response.json({ token, client_id: id, permissions: PERMISSIONS })
}

function base64url(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}
