import { once } from 'node:events'
import {
  AuthSecError,
  combineObservers,
  createAuthSecPoolFromEnv,
  createConsoleReporter,
} from '@authsec/core'
import { authsecTelemetry } from '@authsec/otel'
import { redisTokenStore } from '@authsec/store'
import { startMetrics } from './metrics.ts'
import { connectRedis } from './redis.ts'
import { createService } from './service.ts'
import { readSettings, SettingError } from './settings.ts'

/** Longer than the longest call: 10 s for its turn, 10 s for a token, 30 s for the API. */
const DRAIN_MS = 55_000

async function main(env: NodeJS.ProcessEnv): Promise<void> {
  const settings = readSettings(env)
  const { port, agents } = settings
  const metrics = await startMetrics(settings.metricsPort)
  const redis = await connectRedis(settings.redisUrl, settings.redisPassword)
  const telemetry = authsecTelemetry({ meterProvider: metrics })
  const pool = createAuthSecPoolFromEnv(env, {
    ...telemetry,
    onEvent: combineObservers(createConsoleReporter({ level: 'warn' }), telemetry.onEvent),
    store: redisTokenStore(redis),
    rateLimit: { requestsPerMinute: settings.requestsPerMinute },
  })
  // A client ID that cannot be one ends the start, and not a call much later.
  for (const clientId of agents.values()) pool.client(clientId)

  const { server, drain } = createService({ pool, agents, storeStatus: () => redis.status })
  process.once('SIGTERM', async () => {
    await drain(DRAIN_MS)
    await pool.close()
    redis.disconnect()
    await metrics.shutdown()
  })
  await once(server.listen(port), 'listening')
  console.log(`Ready as ${agents.size} agents on port ${port}.`)
}

main(process.env).catch((error: unknown) => {
  console.error(sentenceOf(error))
  // Connections that were opened before would keep the process.
  process.exit(1)
})

function sentenceOf(error: unknown): string {
  if (AuthSecError.isInstance(error)) return `${error.code}: ${error.message} ${error.hint}`
  if (error instanceof SettingError) return error.message
  return `The service could not start (${String(Object(error).code ?? Object(error).name)}).`
}
