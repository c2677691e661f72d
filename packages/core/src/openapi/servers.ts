import { isDeepStrictEqual } from '#runtime/platform/values'
import { Inexpressible } from '../schema/inexpressible.ts'
import { type DocumentReader, type Place, textAt } from '../schema/place.ts'

/** Where the servers of the document put its paths, such as `/v1`. The servers themselves are never called. */
export function basePathOf(reader: DocumentReader): string | undefined {
  const [first] = reader.items(reader.member(reader.root, 'servers'))
  const url = first && textAt(first, 'url')
  if (url === undefined || url.length > 500) return undefined
  const path = /^https?:\/\//i.test(url) ? URL.parse(url)?.pathname : url
  if (path === undefined || !/^\/[\w./~-]*$/.test(path)) return undefined
  return path.replace(/\/+$/, '') || '/'
}

/** Refuses an operation that the document puts on servers of its own: below the resource there is nothing for it. */
export function assertServer(item: Place, operation: Place, reader: DocumentReader): void {
  const common = urlsOf(reader.root, reader)
  for (const owner of [operation, item]) {
    if (!reader.member(owner, 'servers')) continue
    const own = urlsOf(owner, reader)
    if (own.length === 0 || isDeepStrictEqual(own, common)) continue
    const at = `${owner.pointer}/servers`
    throw new Inexpressible('other_server', at, 'The operation is on another server than the rest.')
  }
}

function urlsOf(owner: Place, reader: DocumentReader): (string | undefined)[] {
  return reader.items(reader.member(owner, 'servers')).map((server) => textAt(server, 'url'))
}
