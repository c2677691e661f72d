import type { IncomingMessage, ServerResponse } from 'node:http'
import { ResourceError } from '@authsec/core'
import { startEmulator } from '@authsec/emulator'
import { createRandom, pick, startServer, testClient, watch } from '@authsec-internal/test-kit'
import { countLeaks, inParallel, type Tally } from './tally.ts'

const CALLS = 10_000
const DECLARED = new Set(['network_error', 'timeout'])

interface Seen {
  attempts: number
  executed: number
}

type Failure = (response: ServerResponse, execute: () => void) => void

/** The failures of three requests in ten: before, while and after they take effect. */
const failures: readonly Failure[] = [
  (response) => response.socket?.destroy(),
  (response, execute) => {
    execute()
    response.socket?.destroy()
  },
  (response, execute) => {
    execute()
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' })
    response.write('{"half":', () => response.socket?.destroy())
  },
  (response) => response.writeHead(500).end(),
  (response) => response.writeHead(503, { 'retry-after': '0' }).end(),
  (response) => response.writeHead(429, { 'retry-after': '0' }).end(),
]

/** C: 8 000 reads and 2 000 writes through an API that fails 30 % of the time. */
export async function soakSideEffects(seed: number): Promise<Tally> {
  const random = createRandom(seed)
  const seen = new Map<string, Seen>()
  const api = await startServer((request, response) => answer(request, response, seen, random))
  const emulator = await startEmulator({ rateLimit: false })
  const resources = [{ name: 'api', baseUrl: api.baseUrl, methods: ['GET', 'POST'] }]
  const client = testClient(emulator, {
    resources,
    budget: { callsPerWindow: Number.POSITIVE_INFINITY },
  })
  const counts = { calls: 0, succeeded: 0, declared: 0, lost: 0, wrong: 0 }

  await inParallel(CALLS, 64, async (index) => {
    const isWrite = index % 5 === 0
    const endpoint = `items/${index}`
    const call = isWrite ? { endpoint, method: 'POST', body: { index } } : { endpoint }
    const outcome = await client.secureFetch(call).catch((error: unknown) => error)
    watch('outcome', outcome)
    const { attempts, executed } = seen.get(`/items/${index}`) ?? { attempts: 0, executed: 0 }
    const hasFailed = outcome instanceof Error
    const ok = !hasFailed && (outcome as { ok: boolean }).ok
    const isDeclared = ResourceError.isInstance(outcome) ? DECLARED.has(outcome.code) : !hasFailed
    counts.calls += 1
    if (ok) counts.succeeded += 1
    else if (isDeclared && (isWrite || attempts === 3)) counts.declared += 1
    else counts.lost += 1
    if (isWrite && (executed > 1 || attempts > 1 || (ok && executed !== 1))) counts.wrong += 1
  })
  const leaked = countLeaks(emulator)
  await client.close()
  await emulator.close()
  await api[Symbol.asyncDispose]()
  return {
    name: `C side effects, seed ${seed}`,
    counts: { ...counts, leaked },
    limits: { lost: 0, wrong: 0, leaked: 0 },
  }
}

function answer(
  request: IncomingMessage,
  response: ServerResponse,
  seen: Map<string, Seen>,
  random: () => number,
): void {
  const entry = seen.get(request.url ?? '') ?? { attempts: 0, executed: 0 }
  seen.set(request.url ?? '', entry)
  entry.attempts += 1
  const execute = (): void => {
    entry.executed += 1
  }
  request.resume()
  request.on('end', () => {
    if (random() < 0.3) return pick(random, failures)(response, execute)
    execute()
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"ok":true}')
  })
}
