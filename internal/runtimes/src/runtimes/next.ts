import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join, resolve } from 'node:path'
import { root } from '../../../release-checks/src/command-line.ts'
import { plainEnv } from '../../../release-checks/src/npm-project.ts'
import { runProcess, startServer } from '../processes.ts'
import type { Place, Report } from '../report.ts'
import { asReport, LoadError, type Runtime } from '../rows.ts'
import { tool } from '../tools.ts'

type NextRuntime = 'nodejs' | 'edge'

export const next: readonly Runtime[] = [
  { title: 'Next.js, Node.js route', run: (project, place) => runRoute(project, place, 'nodejs') },
  { title: 'Next.js, edge route', run: (project, place) => runRoute(project, place, 'edge') },
]

/** Builds an app with one route, serves it, and sends it the place. */
async function runRoute(project: string, place: Place, runtime: NextRuntime): Promise<Report> {
  const cli = tool('next/dist/bin/next')
  const cwd = writeApp(project, runtime)
  const env = { ...plainEnv(), NODE_ENV: 'production' as const, NEXT_TELEMETRY_DISABLED: '1' }
  const options = { cwd, env, timeoutMs: 180_000 }
  const { code, stdout, stderr } = await runProcess(process.execPath, [cli, 'build'], options)
  if (code !== 0) throw new LoadError(stdout + stderr)
  const port = await freePort()
  const url = `http://127.0.0.1:${port}/run`
  const args = [cli, 'start', '--hostname', '127.0.0.1', '--port', String(port)]
  const server = await startServer(process.execPath, args, { ...options, timeoutMs: 30_000, url })
  try {
    const body = JSON.stringify(place)
    const signal = AbortSignal.timeout(60_000)
    const response = await fetch(url, { method: 'POST', body, signal })
    if (response.status !== 200) throw new LoadError(`${response.status}\n${server.output()}`)
    return asReport(await response.json())
  } finally {
    server.stop()
  }
}

function writeApp(project: string, runtime: NextRuntime): string {
  const app = join(project, `next-${runtime}`)
  mkdirSync(join(app, 'app/run'), { recursive: true })
  // Next.js itself and the settings of the compiler are above the project, and it reads nothing outside of its root.
  const folder = JSON.stringify(resolve(root))
  const config = `export default { turbopack: { root: ${folder} }, outputFileTracingRoot: ${folder} }\n`
  const files = {
    'package.json': '{ "private": true, "type": "module" }\n',
    'next.config.mjs': config,
    'app/layout.js': 'export default ({ children }) => <html><body>{children}</body></html>\n',
    'app/run/route.js': `import { run } from '../../../program.js'
export const runtime = '${runtime}'
export const dynamic = 'force-dynamic'
export const POST = async (request) => Response.json(await run(await request.json()))
`,
  }
  for (const [file, text] of Object.entries(files)) writeFileSync(join(app, file), text)
  return app
}

/** A port that nobody listens on. Next.js takes none by itself. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => resolve(port))
    })
  })
}
