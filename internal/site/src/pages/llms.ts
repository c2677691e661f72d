import { describePage, withoutFrontmatter } from './describe-page.ts'
import type { ListedSection } from './listed-pages.ts'

export interface LlmsOptions {
  readonly sections: readonly ListedSection[]
  /** The Markdown of a page on the site. */
  read(path: string): string
  /** What stands before a page's path: `https://docs.example.com/agents/`, or `/`. */
  readonly address: string
  readonly title: string
  readonly description: string
}

/** `llms.txt`: a link to the Markdown of each page, with its first paragraph. See https://llmstxt.org. */
export function llmsText({ sections, read, address, title, description }: LlmsOptions): string {
  const parts = sections
    .filter(({ pages }) => pages.length > 0)
    .map((section) => {
      const links = section.pages.map((path) => {
        const page = describePage(path, read(path))
        return `- [${page.title}](${address}${path})${page.summary && `: ${page.summary}`}`
      })
      return `## ${section.title}\n\n${links.join('\n')}\n`
    })
  return [`# ${title}\n\n> ${description}\n`, ...parts].join('\n')
}

/** `llms-full.txt`: the text of all pages in the same order, each after its address. */
export function llmsFullText({ sections, read, address }: LlmsOptions): string {
  return sections
    .flatMap(({ pages }) => pages)
    .map((path) => `<!-- ${address}${path} -->\n\n${withoutFrontmatter(read(path)).trimEnd()}\n`)
    .join('\n')
}
