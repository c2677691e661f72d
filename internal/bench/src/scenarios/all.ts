import type { Scenario } from '../scenario.ts'
import { calls } from './calls.ts'
import { clientMemory } from './client-memory.ts'
import { concurrency } from './concurrency.ts'
import { getter } from './getter.ts'
import { importTime } from './import-time.ts'
import { inFlightCalls } from './in-flight.ts'
import { manyResources } from './many-resources.ts'
import { mcpHttp } from './mcp-http.ts'
import { observers } from './observers.ts'
import { outage } from './outage.ts'
import { reader } from './reader.ts'
import { readerMemory } from './reader-memory.ts'
import { shortTokens } from './short-tokens.ts'
import { stampede } from './stampede.ts'
import { stuckToken } from './stuck-token.ts'
import { tools } from './tools.ts'
import { verifyUncached } from './verify.ts'
import { verifyCached } from './verify-cached.ts'
import { verifyServers } from './verify-servers.ts'

/** All scenarios, in the order of the report. */
export const scenarios: readonly Scenario[] = [
  calls,
  inFlightCalls,
  concurrency,
  observers,
  getter,
  stampede,
  shortTokens,
  stuckToken,
  outage,
  verifyUncached,
  verifyCached,
  verifyServers,
  reader,
  readerMemory,
  tools,
  mcpHttp,
  importTime,
  clientMemory,
  manyResources,
]
