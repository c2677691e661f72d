/** Runs a program of this workspace from its TypeScript source. */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** Resolves to its exit code. Default arguments: those of this process. */
export function runFromSource(
  path: string,
  args: readonly string[] = process.argv.slice(2),
): Promise<number> {
  const main = fileURLToPath(new URL(`../${path}`, import.meta.url))
  // Node 22 still announces that it strips types.
  const flags = ['--conditions=@authsec/source', '--disable-warning=ExperimentalWarning']
  const child = spawn(process.execPath, [...flags, main, ...args], { stdio: 'inherit' })
  return new Promise((resolve) => {
    child.on('exit', (code, signal) => resolve(signal ? 1 : (code ?? 1)))
  })
}
