/** Reads all records with the reader of one checkout, and tells how far its memory grew. */
import { parseArgs } from 'node:util'
import { loadCheckout } from './checkouts.ts'
import { unlimitedClient } from './clients.ts'
import type { PageApi } from './page-server.ts'

/** What a read cost. */
export interface ReadCost {
  readonly records: number
  readonly seconds: number
  /** Highest resident memory beyond that before the first record, in MiB. */
  readonly rssMiB: number
}

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
for await (const _document of documents) {
  records += 1
  if (records % 1_000 !== 0) continue
  peak = Math.max(peak, process.memoryUsage().rss)
}
const seconds = (performance.now() - startedAt) / 1_000
await client.close()
process.send?.({ records, seconds, rssMiB: (peak - before) / 2 ** 20 } satisfies ReadCost, () =>
  process.exit(),
)
