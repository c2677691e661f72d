/** Runs a program of this workspace from its TypeScript source, with the arguments handed on. */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export function runFromSource(path: string): void {
  const main = fileURLToPath(new URL(`../${path}`, import.meta.url))
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
}
