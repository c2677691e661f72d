import { isDeepStrictEqual } from '#runtime/platform/values'
import { Inexpressible } from '../schema/inexpressible.ts'
import { type DocumentReader, type Place, textAt } from '../schema/place.ts'

/** Where the servers of the document put its paths, such as `/v1`. The servers themselves are never called. */
export function basePathOf(reader: DocumentReader): string | undefined {
  const [first] = reader.items(reader.member(reader.root, 'servers'))
  const url = first && textAt(first, 'url')
  if (url === undefined || url.length > 500) return undefined
  const path = pathOf(url)
  if (path === undefined || !/^\/[\w./~{}-]*$/.test(path)) return undefined
  return path.replace(/\/+$/, '') || '/'
}

/** Of a URL, of one without a scheme, or of a path beside the document; braces are variables. */
function pathOf(url: string): string | undefined {
  const [, path] = /^(?:https?:)?\/\/[^/{}?#]+([^?#]*)$/i.exec(url) ?? []
  if (path !== undefined) return path || '/'
  if (url.includes('//')) return undefined
  return url.startsWith('/') ? url : `/${url.replace(/^\.\//, '')}`
}

/** Refuses an operation that the document puts on servers of its own: below the resource there is nothing for it. */
export function assertServer(item: Place, operation: Place, reader: DocumentReader): void {
  for (const owner of [operation, item]) {
    if (!reader.member(owner, 'servers')) continue
    const own = urlsOf(owner, reader)
    if (own.length === 0 || isDeepStrictEqual(own, urlsOf(reader.root, reader))) continue
    const at = `${owner.pointer}/servers`
    throw new Inexpressible('other_server', at, 'The operation is on another server than the rest.')
  }
}

function urlsOf(owner: Place, reader: DocumentReader): (string | undefined)[] {
  return reader.items(reader.member(owner, 'servers')).map((server) => textAt(server, 'url'))
}
