import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import type { MiniflareOptions } from 'miniflare'
import type { Place, Report } from '../report.ts'
import { asReport, LoadError, type Runtime } from '../rows.ts'
import { tool } from '../tools.ts'

const entry = (program: string): string => `import { run } from './${program}.js'
export default { fetch: async (request) => Response.json(await run(await request.json())) }
`

const TIMEOUT_MS = 60_000

export const workers: readonly Runtime[] = [
  {
    title: 'Cloudflare Workers',
    run: (project, place) => runWorker(project, place, { program: 'program' }),
  },
  {
    title: 'Cloudflare Workers, `nodejs_compat`',
    run: (project, place) =>
      runWorker(project, place, { program: 'program', flags: ['nodejs_compat'] }),
  },
  {
    title: 'Cloudflare Workers, agent of the AI SDK',
    run: (project, place) => runWorker(project, place, { program: 'agent-program' }),
  },
]

async function runWorker(
  project: string,
  place: Place,
  { program, flags = [] }: { readonly program: string; readonly flags?: string[] },
): Promise<Report> {
  tool('miniflare/package.json')
  const { Miniflare } = await import('miniflare')
  let printed = ''
  const options: MiniflareOptions = {
    modules: [
      { type: 'ESModule', path: 'worker.mjs', contents: await bundleWorker(project, program) },
    ],
    compatibilityDate: '2026-07-01',
    compatibilityFlags: flags,
    // Neither the data of Cloudflare's network nor numbers for it.
    cf: false,
    telemetry: { enabled: false },
    handleRuntimeStdio: (stdout: Readable, stderr: Readable) => {
      for (const stream of [stdout, stderr]) {
        stream.on('data', (chunk: Buffer) => {
          printed += chunk.toString()
        })
      }
    },
  }
  const miniflare = new Miniflare(options)
  try {
    const init = { method: 'POST', body: JSON.stringify(place) }
    const request = miniflare.dispatchFetch('http://worker.test/', init)
    const response = await Promise.race([request, timeout()])
    const text = await response.text()
    if (response.status !== 200) throw new LoadError(text)
    return asReport(JSON.parse(text))
  } catch (error) {
    throw new LoadError(`${String(error)}\n${printed}`)
  } finally {
    await miniflare.dispose().catch(() => undefined)
  }
}

/** As wrangler bundles a Worker: modules of Node.js are left to the runtime. */
async function bundleWorker(project: string, program: string): Promise<string> {
  tool('esbuild/package.json')
  const { build } = await import('esbuild')
  writeFileSync(join(project, 'worker.js'), entry(program))
  const outfile = `${project}-bundles/worker.mjs`
  await build({
    entryPoints: [join(project, 'worker.js')],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'browser',
    conditions: ['workerd', 'worker', 'browser'],
    external: ['node:*'],
    logLevel: 'silent',
  }).catch((error: unknown) => {
    throw new LoadError(String(error))
  })
  return readFileSync(outfile, 'utf8')
}

function timeout(): Promise<never> {
  return new Promise((_, reject) => {
    setTimeout(() => reject(new Error('The Worker did not answer in time.')), TIMEOUT_MS).unref()
  })
}
