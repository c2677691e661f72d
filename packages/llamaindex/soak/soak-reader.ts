/**
 * `pnpm soak:reader [pages]` reads a million records in ten thousand pages. In the same run, the
 * reader takes turns with a bare loop of `fetch`, `text()` and `JSON.parse`, and is compared with it.
 * Then it reads the same records as one NDJSON stream.
 */
import { fork } from 'node:child_process'
import { createAuthSecClient } from '@authsec/core'
import { startEmulator } from '@authsec/emulator'
import { AuthSecSecureReader } from '../src/index.ts'

const RECORDS_PER_PAGE = 100
const GROWTH_FROM_PAGE = 100
const LIMITS = { growthMiB: 64, streamMiB: 16, ratio: 0.6 }
const pages = Number(process.argv[2] ?? 10_000)
const turn = Math.max(1, Math.floor(pages / 40))

const server = fork(new URL('./page-server.ts', import.meta.url), [String(pages)])
const port = await new Promise<number>((resolve) => server.once('message', resolve))
const baseUrl = `http://127.0.0.1:${port}/api/`
const emulator = await startEmulator()
const client = createAuthSecClient({
  baseUrl: emulator.baseUrl,
  clientId: emulator.clientId,
  resources: [{ name: 'soak', baseUrl }],
})

/** Seconds that the bare loop takes for one turn. */
async function bareTurn(first: number): Promise<number> {
  const startedAt = performance.now()
  for (let page = first; page < first + turn; page++) {
    const response = await fetch(`${baseUrl}records?page=${page}`)
    JSON.parse(await response.text())
  }
  return (performance.now() - startedAt) / 1000
}

function memoryMiB(): { rss: number; heap: number } {
  globalThis.gc?.()
  globalThis.gc?.()
  const { rss, heapUsed } = process.memoryUsage()
  return { rss: rss / 2 ** 20, heap: heapUsed / 2 ** 20 }
}

let pagesSeen = 0
const reader = new AuthSecSecureReader({
  client,
  onProgress(now) {
    pagesSeen = now.pages
  },
})
const open = (): ReturnType<typeof reader.lazyLoad> =>
  reader.lazyLoad({
    endpoint: 'records',
    permission: 'records:read',
    pagination: { by: 'page' },
    text: ['title', 'summary'],
    // The page after the last one is requested too: it is empty.
    maxPages: pages + 1,
  })

// The measurement starts warm and with a young generation of fixed size (see `soak` in package.json), so that V8's own reserves do not count as growth.
await bareTurn(1)
let warmUp = 0
for await (const _document of open()) if (++warmUp === Math.min(pages, 500) * 100) break
const documents = open()
let readerSeconds = 0
let bareSeconds = 0
let records = 0
let characters = 0
let before = memoryMiB()
const started = performance.now()
let lapStart = started
let firstDocument = { ms: Number.NaN, pages: 0 }
for await (const document of documents) {
  records += 1
  characters += document.text.length
  if (records === 1) firstDocument = { ms: performance.now() - started, pages: pagesSeen }
  if (records % RECORDS_PER_PAGE !== 0) continue
  const page = records / RECORDS_PER_PAGE
  if (page !== GROWTH_FROM_PAGE && page % turn !== 0) continue
  readerSeconds += (performance.now() - lapStart) / 1000
  if (page === GROWTH_FROM_PAGE) before = memoryMiB()
  if (page % turn === 0) bareSeconds += await bareTurn(page - turn + 1)
  lapStart = performance.now()
}
const after = memoryMiB()

/** The same records as one stream: how memory grows from record 10 000 to the last one, which is measured before the stream ends. */
async function streamGrowth(): Promise<{ records: number; rss: number; heap: number }> {
  const streamed = new AuthSecSecureReader({ client, baseUrl, format: 'ndjson' }).lazyLoad({
    endpoint: 'stream',
    permission: 'records:read',
    text: ['title', 'summary'],
  })
  let records = 0
  let from = memoryMiB()
  let to = from
  for await (const _document of streamed) {
    records += 1
    if (records === GROWTH_FROM_PAGE * RECORDS_PER_PAGE) from = memoryMiB()
    if (records === pages * RECORDS_PER_PAGE) to = memoryMiB()
  }
  return { records, rss: to.rss - from.rss, heap: to.heap - from.heap }
}

const stream = await streamGrowth()
const growth = { rss: after.rss - before.rss, heap: after.heap - before.heap }
const readerRate = pages / readerSeconds
const bareRate = pages / bareSeconds
const ratio = readerRate / bareRate
const verdicts = [
  [`records ${records} in ${pages} pages, ${characters} characters`, records === pages * 100],
  [
    `first document after ${firstDocument.pages} page, ${firstDocument.ms.toFixed(1)} ms`,
    firstDocument.pages === 1,
  ],
  [
    `memory growth from record ${GROWTH_FROM_PAGE * RECORDS_PER_PAGE} on: RSS ${growth.rss.toFixed(1)} MiB, heap ${growth.heap.toFixed(1)} MiB (limit ${LIMITS.growthMiB})`,
    Math.max(growth.rss, growth.heap) <= LIMITS.growthMiB,
  ],
  [
    `NDJSON: ${stream.records} records, memory growth RSS ${stream.rss.toFixed(1)} MiB, heap ${stream.heap.toFixed(1)} MiB (limit ${LIMITS.streamMiB})`,
    stream.records === pages * 100 && Math.max(stream.rss, stream.heap) <= LIMITS.streamMiB,
  ],
  [
    `reader ${readerRate.toFixed(0)} pages/s, bare loop ${bareRate.toFixed(0)} pages/s: ratio ${ratio.toFixed(2)} (at least ${LIMITS.ratio})`,
    ratio >= LIMITS.ratio,
  ],
] as const
for (const [text, isMet] of verdicts) process.stdout.write(`${isMet ? '✓' : '✗'} ${text}\n`)
if (!globalThis.gc)
  process.stdout.write('  (run with --expose-gc: memory is not exact without it)\n')
process.exitCode = verdicts.every(([, isMet]) => isMet) ? 0 : 1

await client.close()
await emulator.close()
server.kill()
