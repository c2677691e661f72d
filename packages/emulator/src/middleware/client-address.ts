import type { Context } from 'hono'
import type { HonoEnv } from '../server/hono-env.ts'
import { isAddress } from '../support/addresses.ts'

/**
 * The caller's address as the server sees it. It trusts every proxy, so the first address of
 * `X-Forwarded-For` counts, unless the header has something else than addresses (contract 0.1).
 */
export function clientAddress(c: Context<HonoEnv>): string {
  for (const name of ['x-forwarded-for', 'x-real-ip']) {
    const addresses = (c.req.header(name) ?? '').split(',').map((address) => address.trim())
    const [first = ''] = addresses
    if (addresses.every(isAddress)) return first
  }
  return c.env.remoteAddress ?? 'in-process'
}
