import { fileURLToPath } from 'node:url'
import { build, type InlineConfig } from 'vite'

/** What the page is made of, by path. It is served from memory, so no path of a request reaches the disk. */
export type PageFiles = ReadonlyMap<string, { readonly type: string; readonly body: string }>

const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
}

const CONFIG: InlineConfig = {
  configFile: false,
  root: fileURLToPath(new URL('../page/', import.meta.url)),
  // Dependencies of React bring directives that mean nothing here, and each would be a warning.
  logLevel: 'error',
  // The same page, whatever NODE_ENV the tests have.
  define: { 'process.env.NODE_ENV': '"production"' },
  oxc: { jsx: { runtime: 'automatic', development: false } },
  build: {
    write: false,
    // The page has a strict Content-Security-Policy: no inline script, and no image in a `data:` URL.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
  },
}

/** Builds the page with Vite, which takes about a second. Nothing is written to the disk. */
export async function buildPage(): Promise<PageFiles> {
  const { NODE_ENV } = process.env
  const built = await build(CONFIG)
  // Vite sets it for this whole process, and clients of AuthSec refuse mock mode in production.
  if (NODE_ENV === undefined) delete process.env['NODE_ENV']
  else process.env['NODE_ENV'] = NODE_ENV
  if (Array.isArray(built) || !('output' in built)) throw new Error('Vite built no page.')
  return new Map(
    built.output.map((file) => {
      const body = file.type === 'chunk' ? file.code : textOf(file.source)
      const type = TYPES[file.fileName.split('.').at(-1) ?? ''] ?? 'application/octet-stream'
      return [file.fileName === 'index.html' ? '/' : `/${file.fileName}`, { type, body }]
    }),
  )
}

function textOf(source: string | Uint8Array): string {
  return typeof source === 'string' ? source : new TextDecoder().decode(source)
}
