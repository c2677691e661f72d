import { ConfigError } from '../errors.ts'

/**
 * Throws in a runtime whose sockets undici cannot use, such as Cloudflare Workers, Vercel's edge or a
 * browser: there every request would fail, or names would be resolved past the guard of addresses.
 */
export function assertNodeSockets(): void {
  if (hasNodeSockets()) return
  throw new ConfigError({
    code: 'config_missing',
    message: 'fetch is missing: this runtime has no sockets of Node.js to send requests by.',
    hint: 'Pass the option `fetch`, such as (url, init) => fetch(url, init). It resolves names itself.',
  })
}

/** Bundlers replace `process` by an object that has less of it, and Workers have a version of Node.js. */
function hasNodeSockets(): boolean {
  const versions: Record<string, string | undefined> = globalThis.process?.versions ?? {}
  const isWorker = globalThis.navigator?.userAgent === 'Cloudflare-Workers'
  return versions['node'] !== undefined && !isWorker && !('EdgeRuntime' in globalThis)
}
