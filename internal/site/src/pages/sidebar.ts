import { describePage } from './describe-page.ts'
import type { ListedSection } from './listed-pages.ts'

interface Item {
  readonly text: string
  readonly link: string
}

/** What VitePress shows at the side: every section, and the title of each of its pages. */
export function sidebar(
  sections: readonly ListedSection[],
  read: (path: string) => string,
): { text: string; items: Item[] }[] {
  const shown = sections.filter(({ pages }) => pages.length > 0)
  return shown.map(({ title, pages }) => ({
    text: title,
    items: pages.map((path) => ({
      text: labelOf(path, read(path)),
      link: `/${path.slice(0, -3)}`,
    })),
  }))
}

/** Reference pages and READMEs have the same titles, the names of the packages. */
function labelOf(path: string, markdown: string): string {
  const { title } = describePage(path, markdown)
  return path.startsWith('packages/') ? `${title} README` : title
}
