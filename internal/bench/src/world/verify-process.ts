/** Express, Fastify and Hono in a process of their own, each with an open path and a protected one. */
import { createServer } from 'node:http'
import { parseArgs } from 'node:util'
import { getRequestListener } from '@hono/node-server'
import express from 'express'
import fastify from 'fastify'
import { Hono } from 'hono'
import { loadCheckout } from './checkouts.ts'
import { serveParent } from './child.ts'
import { KEEP_ALIVE_MS, listen } from './listen.ts'
import { AUDIENCE, PERMISSION } from './tokens.ts'

/** The origins of the servers. `/open` asks for nothing, `/protected` for a token. */
export interface VerifyServers {
  readonly express: string
  readonly fastify: string
  readonly hono: string
}

const { values } = parseArgs({
  options: {
    root: { type: 'string', default: '' },
    tenant: { type: 'string', default: '' },
    jwk: { type: 'string', default: '' },
  },
})
const { verify } = await loadCheckout(values.root, '')
const verifier = verify.createDelegationVerifier({
  tenantId: values.tenant,
  audience: AUDIENCE,
  keys: [JSON.parse(values.jwk)],
})
const needed = { permissions: [PERMISSION] }
const answer = { ok: true }

const expressApp = express()
expressApp.get('/open', (_request, response) => void response.json(answer))
const guard = verify.expressBearer(verifier, needed)
expressApp.get('/protected', guard, (_request, response) => void response.json(answer))

const fastifyApp = fastify({ keepAliveTimeout: KEEP_ALIVE_MS })
fastifyApp.get('/open', async () => answer)
const onRequest = verify.fastifyBearer(verifier, needed)
fastifyApp.get('/protected', { onRequest }, async () => answer)

const honoApp = new Hono()
honoApp.get('/open', (context) => context.json(answer))
honoApp.get('/protected', verify.honoBearer(verifier, needed), (context) => context.json(answer))

serveParent({
  express: await listen(createServer(expressApp)),
  fastify: await fastifyApp.listen({ port: 0, host: '127.0.0.1' }),
  hono: await listen(createServer(getRequestListener(honoApp.fetch))),
} satisfies VerifyServers)
