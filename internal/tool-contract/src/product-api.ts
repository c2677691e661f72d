import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { VaultMethod, VaultRoute } from '@authsec/emulator'

/** The document of a real product. Source and licence: the README beside it. */
export const boxDocument: Readonly<Record<string, unknown>> = JSON.parse(
  readFileSync(
    join(import.meta.dirname, '../../../packages/core/test/fixtures/openapi/box.json'),
    'utf8',
  ),
)

const METHODS: readonly string[] = [
  'get',
  'post',
  'put',
  'patch',
  'delete',
] satisfies Lowercase<VaultMethod>[]

/** A server of every path of a document, which answers with what it received. Made from the document alone. */
export function routesOf(
  document: Readonly<Record<string, unknown>>,
  permission: string,
): VaultRoute[] {
  return Object.entries<object>(Object(document['paths'])).flatMap(([path, item]) =>
    Object.keys(item)
      .filter((key) => METHODS.includes(key))
      .map((key) => ({
        method: key.toUpperCase() as VaultMethod,
        path: path.replace(/\{(\w+)\}/g, ':$1'),
        permission,
        handle: async ({ request, params, query }) => {
          const { method, headers } = request
          const text = await request.text()
          return {
            ...{ method, path, params, query, version: headers.get('box-version') },
            body: text === '' ? null : JSON.parse(text),
          }
        },
      })),
  )
}
