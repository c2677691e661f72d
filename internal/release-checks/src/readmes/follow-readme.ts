import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { plainEnv } from '../npm-project.ts'
import type { PackedPackage } from '../release.ts'
import { run, tail } from '../run.ts'
import { installedBy, matches, type Readme, readReadme, type Shown } from './readme.ts'

/** Does what the README of a package says, in an empty folder, and returns one sentence for each problem. */
export async function followReadme(
  packed: PackedPackage,
  project: string,
  registry: string,
): Promise<readonly string[]> {
  const readme = readReadme(readFileSync(join(packed.unpacked, 'README.md'), 'utf8'))
  const problems = [...notInstalled(readme, packed)]
  if (readme.shown.length === 0) problems.push('No command is followed by a block of its output.')
  mkdirSync(project, { recursive: true })
  writeFileSync(join(project, 'package.json'), '{ "private": true }\n')
  writeFileSync(join(project, '.npmrc'), `@authsec:registry=${registry}\n`)
  for (const commands of readme.installs) {
    const { code, output } = await shell(commands, project)
    if (code !== 0) return [...problems, `"${commands.trim()}" failed:\n${tail(output)}`]
  }
  for (const shown of readme.shown) problems.push(...(await differences(shown, project)))
  return problems
}

function notInstalled(readme: Readme, packed: PackedPackage): string[] {
  const installed = installedBy(readme)
  const own = installed.includes(packed.name)
    ? []
    : [`${packed.name} is installed by no command.`, ...missingPeers(installed, packed)]
  return [...own, ...missingPackages(installed, readme.imports, [packed])]
}

/** What is imported, and the peers of what is installed of ours, must be installed by name. */
export function missingPackages(
  installed: readonly string[],
  imports: readonly string[],
  packages: readonly PackedPackage[],
): string[] {
  const ours = packages.filter(({ name }) => installed.includes(name))
  const missing = imports.filter((each) => !installed.includes(each))
  return [
    ...new Set(ours.flatMap((packed) => missingPeers(installed, packed))),
    ...missing.map((each) => `${each} is imported, and installed by no command.`),
  ]
}

/** npm adds missing peers by itself, and other package managers do not, so they are compared by name. */
function missingPeers(installed: readonly string[], { manifest }: PackedPackage): string[] {
  const { peerDependencies = {}, peerDependenciesMeta = {} } = manifest
  return Object.keys(peerDependencies)
    .filter((peer) => !peerDependenciesMeta[peer]?.optional && !installed.includes(peer))
    .map((each) => `The peer ${each} is installed by no command.`)
}

async function differences(
  { commands, program, output }: Shown,
  project: string,
): Promise<string[]> {
  if (program) writeFileSync(join(project, program.file), program.code)
  const result = await shell(commands, project)
  const what = commands.trim()
  if (result.code !== 0) return [`"${what}" ended with ${result.code}:\n${tail(result.output)}`]
  if (matches(result.output, output)) return []
  return [`"${what}" prints\n${result.output.trimEnd()}\nand the README shows\n${output.trimEnd()}`]
}

/** Standard output and standard error in one, as a terminal shows them. */
async function shell(
  commands: string,
  cwd: string,
): Promise<{ readonly code: number; readonly output: string }> {
  const script = `set -e\nexec 2>&1 </dev/null\n${commands}`
  const options = { cwd, env: readerEnv(), timeoutMs: 300_000 }
  const { code, stdout, stderr } = await run('sh', ['-c', script], options)
  return { code, output: stdout === '' && code !== 0 ? stderr : stdout }
}

/** A reader's shell, in which nothing of AuthSec or of a model is set; and npm is quiet. */
export function readerEnv(): NodeJS.ProcessEnv {
  const set = /^(AUTHSEC_|OPENAI_|AI_GATEWAY_|NODE_ENV$|FORCE_COLOR$)/
  const kept = Object.entries(plainEnv()).filter(([name]) => !set.test(name))
  const npm = { npm_config_audit: 'false', npm_config_fund: 'false' }
  const quiet = { npm_config_loglevel: 'error', npm_config_prefer_offline: 'true' }
  return { ...Object.fromEntries(kept), ...npm, ...quiet }
}
