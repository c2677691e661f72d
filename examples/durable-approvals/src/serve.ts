import { createServer } from 'node:http2'
import { createEndpointHandler } from '@restatedev/restate-sdk'
import type { Agent } from './agent.ts'
import { createService } from './service.ts'

/** Serves the agent at PORT to a Restate server on this computer. */
export function serve(agent: Agent, env: NodeJS.ProcessEnv = process.env): void {
  const port = Number(env['PORT'] ?? 9080)
  // Seven questions, every four hours: a day.
  const questions = Number(env['QUESTIONS'] ?? 7)
  const pauseSeconds = Number(env['PAUSE_SECONDS'] ?? 14_400)
  const service = createService(agent, { questions, pauseSeconds })
  // `serve` of the SDK listens on every interface, without a password.
  createServer(createEndpointHandler({ services: [service] })).listen(port, '127.0.0.1', () =>
    console.log(`The worker listens on 127.0.0.1:${port}`),
  )
}
