/**
 * `pnpm site [build|dev|preview]`: the documentation as a site. What it needs is installed here first, so that
 * `pnpm install` of the repository does without it.
 */
import { spawnSync } from 'node:child_process'
import { home } from './paths.ts'
import { readSettings } from './settings.ts'

try {
  readSettings(process.argv.slice(2))
  install()
  const { runSite } = await import('./command.ts')
  await runSite(process.argv.slice(2))
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}

function install(): void {
  const args = ['install', '--frozen-lockfile', '--prefer-offline', '--reporter=silent']
  const { status, error } = spawnSync('pnpm', args, { cwd: home, stdio: 'inherit' })
  if (error) throw error
  if (status !== 0) throw new Error('pnpm could not install what the site needs.')
}
