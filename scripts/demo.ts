/** `pnpm demo [options]`, `pnpm demo NAME [options]`, `pnpm demo all [options]`, `pnpm demo --list` */
import { findDemos } from './demos.ts'
import { runFromSource } from './run-from-source.ts'

const demos = findDemos()
const [first = '', ...rest] = process.argv.slice(2)
const isOption = first === '' || first.startsWith('-')
const chosen =
  first === 'all'
    ? demos.filter(({ isServer }) => !isServer)
    : demos.filter(({ name }, index) => (isOption ? index === 0 : isMeant(name)))

if (first === '--list') {
  process.stdout.write(list())
} else if (chosen.length === 0) {
  process.stderr.write(`There is no demo called ${JSON.stringify(first)}.\n\n${list()}`)
  process.exitCode = 1
} else {
  const args = isOption ? process.argv.slice(2) : rest
  for (const { main } of chosen)
    process.exitCode = (await runFromSource(main, args)) || process.exitCode
}

/** `openai-agents` is the demo `openai-agents-agent`: the framework's name is enough. */
function isMeant(name: string): boolean {
  return name === first || name === `${first}-agent`
}

function list(): string {
  const lines = demos.map(({ name, about, isServer }) => {
    return `  ${name.padEnd(18)} ${about}${isServer ? ' (runs until Ctrl-C, not part of all)' : ''}`
  })
  return `Run a demo with pnpm demo NAME [options]:\n${lines.join('\n')}\n  ${'all'.padEnd(18)} All that end by themselves, one after another\n`
}
