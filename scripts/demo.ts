/** `pnpm demo [options]` runs the demo from source, with the options handed on. */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const main = fileURLToPath(new URL('../apps/langchain-agent/src/main.ts', import.meta.url))
const child = spawn(
  process.execPath,
  [
    '--conditions=@authsec/source',
    // Node 22 still announces that it strips types.
    '--disable-warning=ExperimentalWarning',
    main,
    ...process.argv.slice(2),
  ],
  { stdio: 'inherit' },
)
child.on('exit', (code, signal) => {
  process.exitCode = signal ? 1 : (code ?? 1)
})
