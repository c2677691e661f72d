import { Document } from '@llamaindex/core/schema'
import { compare, compareCheckouts, type Figure, figure, ratio } from '../measuring/figures.ts'
import { measure, oneByOne, type Subject } from '../measuring/measure.ts'
import type { Scenario } from '../scenario.ts'
import type { Checkout } from '../world/checkouts.ts'
import { unlimitedClient } from '../world/clients.ts'
import { type PageApi, RECORDS_PER_PAGE, withPageApi } from '../world/page-server.ts'

// More than any round reads.
const PAGES = 1_000_000
/** So many that the start of a read does not count. */
const LEAST = 100

interface Page {
  readonly records: readonly { id: string; title: string; summary: string }[]
}

/** How fast the reader is beside the loops that a program would write itself. */
export const reader: Scenario = {
  name: 'reader',
  method: `Pages of ${RECORDS_PER_PAGE} records over HTTP, one operation a page: a loop of fetch and \`JSON.parse\`, the same loop that also makes LlamaIndex documents, and \`AuthSecSecureReader\`. Speed is pages per second.`,
  run: ({ checkouts, pace }) =>
    withPageApi(PAGES, async (api) => {
      const { apiUrl } = api
      const loops = [bareLoop(apiUrl), documentLoop(apiUrl)]
      const readers = await Promise.all(checkouts.map((each) => readerOf(each, api)))
      const measured = await measure([...loops, ...readers], pace)
      const [bare, documents, ...ours] = measured
      const figures: Figure[] = []
      for (const [index, each] of ours.entries()) {
        if (!bare || !documents) continue
        const goal = index === 0 ? ('reader / loop with documents' as const) : undefined
        const name = `speed of ${each.name} / ${documents.name}`
        figures.push(figure(name, ratio(documents, each, 'wallUs'), '×', goal))
        figures.push(
          figure(`speed of ${each.name} / ${bare.name}`, ratio(bare, each, 'wallUs'), '×'),
        )
      }
      figures.push(...compare({ baseline: documents, ours, of: 'one page' }))
      figures.push(...compareCheckouts(ours, 'one page', 'wallUs'))
      return [{ title: 'Reading pages', figures, measured }]
    }),
}

async function pageAt(apiUrl: string, page: number): Promise<Page> {
  const response = await fetch(`${apiUrl}records?page=${page}`)
  return JSON.parse(await response.text())
}

function bareLoop(apiUrl: string): Subject {
  let page = 0
  return { name: 'bare loop', least: LEAST, run: oneByOne(() => pageAt(apiUrl, ++page)) }
}

function documentLoop(apiUrl: string): Subject {
  let page = 0
  const run = oneByOne(async () => {
    const { records } = await pageAt(apiUrl, ++page)
    return records.map(({ id, title, summary }) => {
      return new Document({
        id_: id,
        text: `${title}\n${summary}`,
        metadata: { source: 'records' },
      })
    })
  })
  return { name: 'loop with documents', least: LEAST, run }
}

async function readerOf({ label, core, load }: Checkout, api: PageApi): Promise<Subject> {
  const { AuthSecSecureReader } = await load('llamaindex')
  const client = unlimitedClient(core, api.clientOptions)
  return {
    name: `reader${label}`,
    least: LEAST,
    async run(count) {
      let left = count * RECORDS_PER_PAGE
      const documents = new AuthSecSecureReader({ client }).lazyLoad({
        endpoint: 'records',
        permission: 'records:read',
        pagination: { by: 'page' },
        text: ['title', 'summary'],
        maxPages: count + 1,
      })
      for await (const _document of documents) if (--left === 0) break
    },
  }
}
