import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { PackedPackage } from '../release.ts'

/**
 * A registry on this machine that serves our packed packages, which are on no other yet: `npm install
 * @authsec/core` then works as it stands, when `@authsec:registry` names it.
 */
export async function startScopeRegistry(
  packages: readonly PackedPackage[],
): Promise<{ readonly url: string; close(): Promise<void> }> {
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? '').slice(1)
    const found = packages.find(({ name }) => path === name || path === `${name}.tgz`)
    if (!found) return void response.writeHead(404).end('{}')
    if (path.endsWith('.tgz')) return void response.end(readFileSync(found.tarball))
    sendJson(response, packument(found, urlOf(server)))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: urlOf(server),
    close: async () => {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

function urlOf(server: Server): string {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The registry has no port.')
  return `http://127.0.0.1:${address.port}/`
}

function sendJson(response: ServerResponse, value: unknown): void {
  response.setHeader('content-type', 'application/json')
  response.end(JSON.stringify(value))
}

/** What a registry says about a package with one version. */
function packument({ name, manifest, tarball }: PackedPackage, registry: string): object {
  const { version } = manifest
  const integrity = `sha512-${createHash('sha512').update(readFileSync(tarball)).digest('base64')}`
  const dist = { tarball: `${registry}${name}.tgz`, integrity }
  const versions = { [version]: { ...manifest, dist } }
  return { name, 'dist-tags': { latest: version }, versions }
}
