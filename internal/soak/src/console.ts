import { connect, type Socket } from 'node:net'
import { type Emulator, startEmulator } from '@authsec/emulator'
import { memoryInUse } from '../../bench/src/world/memory.ts'
import { inParallel, sleep, type Tally } from './tally.ts'

const CALLS_PER_SECOND = 1_000
/** The log of requests is full then, so that it does not grow any more. */
const LOGGED = 10_000
const MAX_ROWS = 200
const MiB = 1_048_576

/**
 * E: 1 000 calls a second while three pages of the console are open, one of which reads nothing. Counts the
 * events and rows of a page, how long `/` takes, and what the heap gains.
 */
export async function soakConsole(seconds: number): Promise<Tally> {
  const emulator = await startEmulator({ console: true, rateLimit: false })
  const token = await delegationToken(emulator)
  const call = (index: number): Promise<void> => callVault(emulator, token, index)
  await inParallel(LOGGED, 32, call)
  const pages = [readPage(emulator), readPage(emulator)]
  const stalled = stalledPage(emulator)
  await sleep(300)

  const heapBefore = await memoryInUse()
  const before = pages.map((page) => page.counts())
  const startedAt = performance.now()
  const slowest = await callsAtRate(seconds, call, emulator)
  const took = (performance.now() - startedAt) / 1_000
  const after = pages.map((page) => page.counts())
  const heapAfter = await memoryInUse()

  for (const page of pages) page.close()
  stalled.destroy()
  await emulator.close()
  const events = after.map((count, index) => count.events - (before[index]?.events ?? 0))
  return {
    name: `E console, ${seconds} s`,
    counts: {
      calls: seconds * CALLS_PER_SECOND,
      seconds: Math.round(took * 10) / 10,
      silent: events.filter((count) => count < took).length,
      eventsPerSecond: Math.round((Math.max(...events) / took) * 10) / 10,
      rowsPerEvent: Math.max(...after.map(({ rows }) => rows)),
      slowestPageMs: Math.round(slowest),
      heapMiB: Math.round(((heapAfter - heapBefore) / MiB) * 10) / 10,
    },
    limits: {
      silent: 0,
      eventsPerSecond: 10,
      rowsPerEvent: MAX_ROWS,
      slowestPageMs: 2_000,
      heapMiB: 8,
    },
  }
}

/** Makes the calls that are due every 10 ms, and loads `/` once a second. Returns the slowest load. */
async function callsAtRate(
  seconds: number,
  call: (index: number) => Promise<void>,
  { baseUrl }: Emulator,
): Promise<number> {
  const startedAt = performance.now()
  const total = seconds * CALLS_PER_SECOND
  let slowest = 0
  let made = 0
  while (made < total) {
    const elapsed = performance.now() - startedAt
    const due = Math.min(total, Math.ceil((elapsed * CALLS_PER_SECOND) / 1_000)) - made
    await inParallel(due, 32, (index) => call(made + index))
    const second = Math.floor(made / CALLS_PER_SECOND)
    made += due
    if (Math.floor(made / CALLS_PER_SECOND) > second) {
      const loadedAt = performance.now()
      await (await fetch(`${baseUrl}/`)).text()
      slowest = Math.max(slowest, performance.now() - loadedAt)
    }
    await sleep(10)
  }
  return slowest
}

async function delegationToken({ baseUrl, clientId }: Emulator): Promise<string> {
  const url = `${baseUrl}/authsec/uflow/sdk/delegation-token?client_id=${clientId}`
  const { token } = (await (await fetch(url)).json()) as { token: string }
  return token
}

/** Reads and refused calls, on paths that differ. */
async function callVault({ vaultUrl }: Emulator, token: string, index: number): Promise<void> {
  const headers = index % 4 === 0 ? { authorization: `Bearer ${token}` } : {}
  await (await fetch(`${vaultUrl}records/rec-${index}`, { headers })).arrayBuffer()
}

interface OpenPage {
  counts(): { readonly events: number; readonly rows: number }
  close(): void
}

/** A page that reads all its events, and keeps none. */
function readPage({ baseUrl }: Emulator): OpenPage {
  const gone = new AbortController()
  let [events, rows, inEvent] = [0, 0, 0]
  const read = async (): Promise<void> => {
    const { body } = await fetch(`${baseUrl}/console/events`, { signal: gone.signal })
    for await (const chunk of body?.pipeThrough(new TextDecoderStream()) ?? []) {
      for (const [part] of chunk.matchAll(/event: update|<tr |\n\n/g)) {
        if (part === 'event: update') [events, inEvent] = [events + 1, 0]
        else if (part === '<tr ') inEvent += 1
        rows = Math.max(rows, inEvent)
      }
    }
  }
  read().catch(() => undefined)
  return { counts: () => ({ events, rows }), close: () => gone.abort() }
}

/** A page that was sent to sleep: its connection stays open, and nobody reads. */
function stalledPage({ baseUrl }: Emulator): Socket {
  const { port, host } = new URL(baseUrl)
  const socket = connect(Number(port), '127.0.0.1').pause()
  socket.on('error', () => undefined)
  socket.write(`GET /console/events HTTP/1.1\r\nHost: ${host}\r\n\r\n`)
  return socket
}
