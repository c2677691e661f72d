import { existsSync } from 'node:fs'
import { buildSite } from './build.ts'
import { builtBase } from './dead-links.ts'
import { develop } from './develop.ts'
import { dist } from './paths.ts'
import { readSettings } from './settings.ts'
import { serveFolder } from './static-server.ts'

/** Runs after `main.ts` has installed what is imported here. */
export async function runSite(args: readonly string[]): Promise<void> {
  const settings = readSettings(args)
  // Read by .vitepress/config.ts.
  if (settings.url !== undefined) process.env['SITE_URL'] = settings.url + settings.base
  if (settings.draft || settings.command === 'dev') process.env['SITE_DRAFT'] = 'true'
  if (settings.command === 'build') return buildSite(settings)
  if (settings.command === 'dev') return develop(settings.base)
  if (!existsSync(dist)) throw new Error('There is no built site. Run `pnpm site` first.')
  const { url } = await serveFolder(dist, builtBase(dist), 4173)
  process.stdout.write(`${url}\n`)
}
