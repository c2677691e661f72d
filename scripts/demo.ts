/** `pnpm demo [options]`, `pnpm demo NAME [options]`, `pnpm demo all [options]`, `pnpm demo --list` */
import { demos } from './demos.ts'
import { runFromSource } from './run-from-source.ts'

const [first = '', ...rest] = process.argv.slice(2)

if (first === '--list') {
  process.stdout.write(list())
} else if (first === 'all') {
  for (const { main } of demos) {
    const code = await runFromSource(main, rest)
    process.exitCode ||= code
  }
} else if (first === '' || first.startsWith('-')) {
  process.exitCode = await runFromSource(demos[0].main, process.argv.slice(2))
} else {
  const demo = demos.find(({ name }) => name === first)
  if (demo) process.exitCode = await runFromSource(demo.main, rest)
  else {
    process.stderr.write(`There is no demo called ${JSON.stringify(first)}.\n\n${list()}`)
    process.exitCode = 1
  }
}

function list(): string {
  const lines = demos.map(({ name, about }) => `  ${name.padEnd(18)} ${about}`)
  return `Demos, each run by pnpm demo NAME [options]:\n${lines.join('\n')}\n  ${'all'.padEnd(18)} one after another\n`
}
