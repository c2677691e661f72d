/** Runs a program of this workspace from its TypeScript source. Default arguments: those of this process. */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export function runFromSource(path: string, args: readonly string[] = process.argv.slice(2)): void {
  const main = fileURLToPath(new URL(`../${path}`, import.meta.url))
  const child = spawn(
    process.execPath,
    [
      '--conditions=@authsec/source',
      // Node 22 still announces that it strips types.
      '--disable-warning=ExperimentalWarning',
      main,
      ...args,
    ],
    { stdio: 'inherit' },
  )
  child.on('exit', (code, signal) => {
    process.exitCode = signal ? 1 : (code ?? 1)
  })
}
