import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type Figure, figure, median } from '../measuring/figures.ts'
import type { Scenario } from '../scenario.ts'
import type { Checkout } from '../world/checkouts.ts'

const PACKAGES = [
  ...['core', 'verify', 'mcp', 'langchain', 'llamaindex', 'ai-sdk', 'mastra', 'openai-agents'],
  'store',
]
const run = promisify(execFile)

/** How long a program waits for an import, from what is built, as users install it. */
export const importTime: Scenario = {
  name: 'import-time',
  method:
    "The built packages, each in new processes: milliseconds of `import()`, with the framework that the package imports. For core, its time beyond undici's as a share of undici's, both in one process. Needs `pnpm build`.",
  async run({ checkouts, pace }) {
    const figures: Figure[] = []
    for (const { label, root } of checkouts) {
      for (const name of PACKAGES) {
        const folder = join(root, 'packages', name)
        if (!existsSync(join(folder, 'dist/index.js'))) {
          console.error(`import-time leaves ${name}${label} out: run \`pnpm build\` in ${root}.`)
          continue
        }
        figures.push(...(await figuresOf(name, folder, { label, rounds: pace.rounds })))
      }
    }
    return [{ title: 'Import', figures, measured: [] }]
  },
}

async function figuresOf(
  name: string,
  cwd: string,
  { label, rounds }: Pick<Checkout, 'label'> & { rounds: number },
): Promise<Figure[]> {
  const first = name === 'core' ? 'undici' : undefined
  const times = []
  for (let round = 0; round < rounds; round++)
    times.push(await importOnce(`@authsec/${name}`, cwd, first))
  const ms = median(times.map((each) => each.own))
  if (!first) return [figure(`@authsec/${name}${label}`, ms, 'ms')]
  const share = median(times.map(({ own, before }) => own / before))
  return [
    figure(
      `@authsec/core / undici${label}`,
      share,
      '×',
      label === '' ? 'import of core / undici' : undefined,
    ),
    figure(`@authsec/core beyond undici${label}`, ms, 'ms'),
  ]
}

/** Milliseconds of both imports, in a new process without the condition that leads to the sources. */
async function importOnce(
  name: string,
  cwd: string,
  first: string | undefined,
): Promise<{ before: number; own: number }> {
  const script = `
    const start = performance.now()
    ${first ? `await import('${first}')` : ''}
    const between = performance.now()
    await import('${name}')
    console.log(JSON.stringify({ before: between - start, own: performance.now() - between }))`
  const args = ['--input-type=module', '--eval', script]
  const { stdout } = await run(process.execPath, args, { cwd, timeout: 60_000 })
  return JSON.parse(stdout)
}
