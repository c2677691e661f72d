import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join, normalize } from 'node:path'

export interface StaticServer extends AsyncDisposable {
  /** With the base path, and `/` at the end. */
  readonly url: string
}

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.json': 'application/json',
  '.md': 'text/markdown; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.woff2': 'font/woff2',
  '.xml': 'application/xml',
}

/** Serves a folder below a base path, to this computer only. */
export async function serveFolder(folder: string, base: string, port = 0): Promise<StaticServer> {
  const server = createServer(async (request, response) => {
    const file = fileOf(request.url ?? '/', base)
    const body =
      file === undefined ? undefined : await readFile(join(folder, file)).catch(() => undefined)
    const status = body === undefined ? 404 : 200
    const shown = body ?? (await readFile(join(folder, '404.html')).catch(() => 'Not found'))
    const type = body === undefined ? '.html' : extname(file ?? '')
    response.writeHead(status, { 'content-type': TYPES[type] ?? 'application/octet-stream' })
    response.end(shown)
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const { port: actual } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${actual}${base}`,
    [Symbol.asyncDispose]: async () => {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

/** The file below the folder, never beside it. */
function fileOf(url: string, base: string): string | undefined {
  const { pathname } = new URL(url, 'http://127.0.0.1')
  if (!pathname.startsWith(base)) return undefined
  try {
    const path = normalize(`/${decodeURIComponent(pathname.slice(base.length))}`)
    return path.endsWith('/') ? `${path}index.html` : path
  } catch {
    return undefined
  }
}
