/** `pnpm demo [options]`, `pnpm demo --list`, `pnpm demo NAME [options]`: each folder of apps/ with a main.ts is a demo. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { runFromSource } from './run-from-source.ts'

const DEFAULT = 'langchain-agent'
const apps = fileURLToPath(new URL('../apps/', import.meta.url))
const names = readdirSync(apps).filter((name) => existsSync(`${apps}${name}/src/main.ts`))

function describe(name: string): string {
  const { description } = JSON.parse(readFileSync(`${apps}${name}/package.json`, 'utf8'))
  return `${name.padEnd(18)} ${description}${name === DEFAULT ? ' (default)' : ''}`
}

const [first = '', ...rest] = process.argv.slice(2)
if (first === '--list') {
  process.stdout.write(`${names.map(describe).join('\n')}\n`)
} else if (first === '' || first.startsWith('-')) {
  runFromSource(`apps/${DEFAULT}/src/main.ts`)
} else if (names.includes(first)) {
  runFromSource(`apps/${first}/src/main.ts`, rest)
} else {
  process.stderr.write(`There is no such demo. These are:\n${names.map(describe).join('\n')}\n`)
  process.exitCode = 1
}
