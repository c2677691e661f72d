import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createAdaptorServer } from '@hono/node-server'
import express from 'express'
import fastify from 'fastify'
import { Hono } from 'hono'
import {
  authenticateRequest,
  type DelegationVerifier,
  delegationOf,
  expressBearer,
  fastifyBearer,
  honoBearer,
  type PermissionRequirement,
} from '../../src/index.ts'

export interface ProtectedServer {
  readonly url: string
  close(): Promise<void>
}

export type StartServer = (verifier: DelegationVerifier) => Promise<ProtectedServer>

/** The protected routes of every server. Each responds with the verified subject and permissions. */
const ROUTES: Readonly<Record<string, PermissionRequirement | undefined>> = {
  '/any-token': undefined,
  '/records': { permissions: ['records:read'] },
  '/both': { permissions: ['records:read', 'records:write'] },
  '/either': { anyPermission: ['records:write', 'records:read'] },
}

const ROUTE_LIST = Object.entries(ROUTES)

/** A path below these is a route with parameters. Any token is accepted there. */
const UNDER = ['/under/:a', '/under/:a/:b']

/** Real servers on 127.0.0.1, one per adapter, with the same behaviour. */
export const servers: Readonly<Record<string, StartServer>> = {
  async express(verifier) {
    const app = express()
    for (const [path, requirement] of ROUTE_LIST) {
      app.get(path, expressBearer(verifier, requirement), (request, response) => {
        const { sub, permissions } = delegationOf(request)
        response.json({ sub, permissions })
      })
    }
    for (const path of UNDER) {
      app.get(path, expressBearer(verifier), (_request, response) => void response.json({}))
    }
    return await listen(createServer(app))
  },

  async hono(verifier) {
    const app = new Hono()
    for (const [path, requirement] of ROUTE_LIST) {
      app.get(path, honoBearer(verifier, requirement), (c) => {
        const { sub, permissions } = delegationOf(c)
        return c.json({ sub, permissions })
      })
    }
    for (const path of UNDER) app.get(path, honoBearer(verifier), (c) => c.json({}))
    return await listen(createAdaptorServer({ fetch: app.fetch }))
  },

  async fastify(verifier) {
    const app = fastify({ routerOptions: { maxParamLength: 2_000 } })
    for (const [path, requirement] of ROUTE_LIST) {
      app.get(path, { onRequest: fastifyBearer(verifier, requirement) }, async (request) => {
        const { sub, permissions } = delegationOf(request)
        return { sub, permissions }
      })
    }
    for (const path of UNDER)
      app.get(path, { onRequest: fastifyBearer(verifier) }, async () => ({}))
    const url = await app.listen({ host: '127.0.0.1', port: 0 })
    return { url, close: () => app.close() }
  },

  async 'fetch handler'(verifier) {
    const answer = async (request: Request): Promise<Response> => {
      const requirement = ROUTES[new URL(request.url).pathname]
      const result = await authenticateRequest(verifier, request, requirement)
      if (!result.ok) return result.response
      const { sub, permissions } = result.claims
      return Response.json({ sub, permissions })
    }
    return await listen(createAdaptorServer({ fetch: answer }))
  },
}

/** The methods that HTTP and HTTP/2 servers share. */
interface ListeningServer {
  listen(port: number, host: string, listening: () => void): unknown
  address(): AddressInfo | string | null
  close(closed: () => void): unknown
}

async function listen(server: ListeningServer): Promise<ProtectedServer> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
}
