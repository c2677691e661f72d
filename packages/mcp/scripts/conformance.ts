/**
 * `pnpm --filter @authsec/mcp conformance` starts `authsec-mcp --http` in mock mode and runs the
 * official suites against it. It fails when an unlisted scenario fails, and when a listed one passes.
 * pnpm downloads the suites at each run. They are neither dependencies nor part of `pnpm test`.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const SUITES = [
  { version: '0.1.16', baseline: '2025-11-25.yml' },
  { version: '0.2.0-alpha.12', baseline: '2026-07-28.yml' },
]

const here = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url))

async function startServer(): Promise<{ child: ChildProcess; url: string }> {
  const args = [...process.execArgv, here('src/bin.ts'), '--http', '0', '--quiet']
  const child = spawn(process.execPath, args, {
    env: { PATH: process.env['PATH'], AUTHSEC_MODE: 'mock' },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const url = await new Promise<string>((resolve, reject) => {
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      const found = /Listening at (\S+)/.exec(chunk)?.[1]
      if (found) resolve(found)
    })
    child.once('close', () => reject(new Error('The server did not start.')))
  })
  return { child, url }
}

async function run(url: string, version: string, baseline: string): Promise<boolean> {
  const suite = spawn(
    'pnpm',
    [
      ...['dlx', `@modelcontextprotocol/conformance@${version}`, 'server', '--url', url],
      ...['--suite', 'all', '--expected-failures', here(`conformance/${baseline}`)],
    ],
    { stdio: ['ignore', 'pipe', 'ignore'] },
  )
  let output = ''
  suite.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    output += chunk
  })
  const [code] = await once(suite, 'close')
  const summary = output.slice(Math.max(0, output.indexOf('=== SUMMARY')))
  process.stdout.write(`\nSuite ${version}\n${summary || 'It could not be run.'}\n`)
  return code === 0
}

const { child, url } = await startServer()
let isGood = true
for (const { version, baseline } of SUITES) {
  isGood = (await run(url, version, baseline)) && isGood
}
child.kill('SIGTERM')
process.exitCode = isGood ? 0 : 1
