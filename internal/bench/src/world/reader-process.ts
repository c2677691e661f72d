/** Reads all records with the reader of one checkout, and tells how far its memory grew. */
import { parseArgs } from 'node:util'
import { loadCheckout } from './checkouts.ts'
import { unlimitedClient } from './clients.ts'
import type { PageApi } from './page-server.ts'

/** What a read cost. */
export interface ReadCost {
  readonly records: number
  readonly seconds: number
  /** Highest resident memory beyond that before the read, in MiB. */
  readonly rssMiB: number
  /** Highest resident memory after `WARM` records beyond that at them, in MiB. */
  readonly growthMiB: number
}

/** After so many records everything is loaded and compiled. */
const WARM = 10_000

const { values } = parseArgs({
  options: {
    root: { type: 'string', default: '' },
    api: { type: 'string', default: '' },
    format: { type: 'string', default: 'json' },
    records: { type: 'string', default: '0' },
  },
})
const expected = Number(values.records)
const { apiUrl, clientOptions }: PageApi = JSON.parse(values.api)
const { core, load } = await loadCheckout(values.root, '')
const { AuthSecSecureReader } = await load('llamaindex')
const client = unlimitedClient(core, clientOptions)
const json = { endpoint: 'records', pagination: { by: 'page' } as const, maxPages: expected }
const ndjson = { endpoint: 'stream', format: 'ndjson' as const }
const documents = new AuthSecSecureReader({ client, baseUrl: apiUrl }).lazyLoad({
  ...(values.format === 'json' ? json : ndjson),
  permission: 'records:read',
  text: ['title', 'summary'],
})

const startedAt = performance.now()
let records = 0
const before = process.memoryUsage().rss
let peak = before
let warm = 0
let peakAfterWarm = 0
for await (const _document of documents) {
  records += 1
  if (records % 1_000 !== 0) continue
  const { rss } = process.memoryUsage()
  peak = Math.max(peak, rss)
  if (records === WARM) warm = rss
  if (records >= WARM) peakAfterWarm = Math.max(peakAfterWarm, rss)
}
const seconds = (performance.now() - startedAt) / 1_000
await client.close()
const rssMiB = (peak - before) / 2 ** 20
const growthMiB = (peakAfterWarm - warm) / 2 ** 20
process.send?.({ records, seconds, rssMiB, growthMiB } satisfies ReadCost, () => process.exit())
