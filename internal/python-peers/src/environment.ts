import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const workspace = join(import.meta.dirname, '../../..')
const requirements = join(import.meta.dirname, '../requirements.txt')

const MINUTE_MS = 60_000
const INSTALL_LIMIT_MS = 10 * MINUTE_MS

/** The Python of a virtual environment that has the packages, or why there is none. */
export type Environment = { readonly python: string } | { readonly missing: string }

/** Makes the environment, or takes the one of an earlier run with the same Python and the same packages. */
export async function createEnvironment(): Promise<Environment> {
  const found = await findPython()
  if (!found) return { missing: 'Python 3.10 or newer is not installed as python3 or python.' }
  const folder = join(workspace, 'node_modules/.cache/authsec-python-peers', keyOf(found.version))
  const python = join(folder, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python')
  const complete = join(folder, 'complete')
  if (existsSync(complete)) return { python }
  rmSync(folder, { recursive: true, force: true })
  try {
    await run(found.command, ['-m', 'venv', folder], { timeout: MINUTE_MS })
    await install(python)
  } catch (error) {
    return { missing: `the packages cannot be installed from PyPI (${lastLine(error)}).` }
  }
  writeFileSync(complete, '')
  return { python }
}

async function findPython(): Promise<{ command: string; version: string } | undefined> {
  const program = 'import sys; print("%d.%d.%d" % sys.version_info[:3])'
  for (const command of ['python3', 'python']) {
    const answer = await run(command, ['-c', program], { timeout: MINUTE_MS }).catch(
      () => undefined,
    )
    const [version = '', major, minor] = /^(\d+)\.(\d+)\.\d+/.exec(answer?.stdout ?? '') ?? []
    if (Number(major) === 3 && Number(minor) >= 10) return { command, version }
  }
  return undefined
}

/** Wheels only: a source distribution runs code of its own while it is installed. */
async function install(python: string): Promise<void> {
  const options = ['--quiet', '--disable-pip-version-check', '--no-input', '--only-binary=:all:']
  await run(python, ['-m', 'pip', 'install', ...options, '-r', requirements], {
    timeout: INSTALL_LIMIT_MS,
  })
}

function keyOf(version: string): string {
  const packages = readFileSync(requirements)
  return createHash('sha256').update(version).update(packages).digest('hex').slice(0, 16)
}

function lastLine(error: unknown): string {
  const { stderr = '', message = '' } = error as { stderr?: string; message?: string }
  return (stderr.trim() || message).split('\n').at(-1) ?? ''
}
