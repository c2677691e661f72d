/** Runs a program of this workspace from its TypeScript source. */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** A terminal sends Ctrl-C to every process of the command. Who sends it to one process only waits this long. */
const OWN_SIGNAL_MS = 250

/**
 * Resolves to its exit code. Default arguments: those of this process. Signals end the program, and this process
 * waits for that.
 */
export function runFromSource(
  path: string,
  args: readonly string[] = process.argv.slice(2),
): Promise<number> {
  const main = fileURLToPath(new URL(`../${path}`, import.meta.url))
  // Node 22 still announces that it strips types.
  const flags = ['--conditions=@authsec/source', '--disable-warning=ExperimentalWarning']
  const child = spawn(process.execPath, [...flags, main, ...args], { stdio: 'inherit' })
  const pass = (signal: NodeJS.Signals): void => void child.kill(signal)
  const passLater = (): void => void setTimeout(pass, OWN_SIGNAL_MS, 'SIGINT').unref()
  process.on('SIGTERM', pass).on('SIGINT', passLater)
  return new Promise((resolve) => {
    child.on('exit', (code, signal) => {
      process.off('SIGTERM', pass).off('SIGINT', passLater)
      resolve(signal ? 1 : (code ?? 1))
    })
  })
}
