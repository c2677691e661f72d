import { posix } from 'node:path'
import { anchors } from '../../../docs-check/src/markdown.ts'

/**
 * Pages of typedoc by their path, with links that lead to the headings that are there. typedoc numbers an anchor
 * when a member has the same letters: after `Dispatcher.request`, the heading `DispatcherRequest` is linked as
 * `#dispatcherrequest-1`, and has the anchor without the number.
 */
export function mendAnchors(pages: ReadonlyMap<string, string>): Map<string, string> {
  const known = new Map([...pages].map(([path, text]) => [path, anchorsOf(text)]))
  const mended = [...pages].map(([path, text]) => {
    const changed = text.replaceAll(
      /(\]\()([^)\s#]*)#([^)\s]+)-\d+(?=\))/g,
      (link, before, file, anchor) => {
        const page = known.get(file === '' ? path : posix.join(posix.dirname(path), file))
        const isThere = page?.has(link.slice(link.indexOf('#') + 1))
        return !isThere && page?.has(anchor) ? `${before}${file}#${anchor}` : link
      },
    )
    return [path, changed] as const
  })
  return new Map(mended)
}

function anchorsOf(text: string): ReadonlySet<string> {
  const named = [...text.matchAll(/<a id="([^"]+)"/g)].map(([, id = '']) => id)
  return new Set([...anchors(text), ...named])
}
