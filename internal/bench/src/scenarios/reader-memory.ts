import { figure } from '../measuring/figures.ts'
import type { Scenario } from '../scenario.ts'
import { startChild } from '../world/child.ts'
import { RECORDS_PER_PAGE, withPageApi } from '../world/page-server.ts'
import type { ReadCost } from '../world/reader-process.ts'

const FLAGS = ['--max-semi-space-size=8']

/** Whether a long read grows. */
export const readerMemory: Scenario = {
  name: 'reader-memory',
  method:
    'A million records (with `--quick` 100 000), as pages and as one NDJSON stream, each in a new process that keeps no document: how far its resident memory grows after record 10 000, and beyond the start, which counts undici, the reader and their compilation from source. Nothing collects garbage by hand. The young generation has a fixed size (`--max-semi-space-size=8`): V8 enlarges it for any program that allocates much, and without the flag a loop of `fetch` and `JSON.parse` over the same stream grows more than the reader.',
  run({ checkouts, quick }) {
    const records = quick ? 100_000 : 1_000_000
    return withPageApi(records / RECORDS_PER_PAGE, async (api) => {
      const figures = []
      for (const format of ['json', 'ndjson'] as const) {
        for (const { label, root } of checkouts) {
          const options = { root, format, api: JSON.stringify(api), records: String(records) }
          const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value])
          await using child = await startChild<ReadCost>('./reader-process.ts', args, FLAGS)
          const cost = child.ready
          if (cost.records !== records)
            throw new Error(`The reader returned ${cost.records} records.`)
          const goal =
            format === 'ndjson' && label === '' ? ('NDJSON reader, memory' as const) : undefined
          const name = `${format === 'json' ? 'pages' : 'NDJSON'}${label}`
          figures.push(figure(`${name}: growth over the records`, cost.growthMiB, 'MiB', goal))
          figures.push(figure(`${name}: memory beyond the start`, cost.rssMiB, 'MiB'))
          figures.push(figure(`${name}: time per record`, (cost.seconds * 1e6) / records, 'µs'))
        }
      }
      return [{ title: 'Memory of a long read', figures, measured: [] }]
    })
  },
}
