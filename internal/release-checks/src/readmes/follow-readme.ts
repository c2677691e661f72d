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

/** npm adds missing peers by itself, and other package managers do not, so they are compared by name. */
function notInstalled(readme: Readme, { name, manifest }: PackedPackage): string[] {
  const installed = installedBy(readme)
  const { peerDependencies = {}, peerDependenciesMeta = {} } = manifest
  const peers = Object.keys(peerDependencies).filter(
    (peer) => !peerDependenciesMeta[peer]?.optional,
  )
  const missing = (needed: readonly string[]): string[] =>
    needed.filter((each) => !installed.includes(each))
  return [
    ...missing([name]).map((each) => `${each} is installed by no command.`),
    ...missing(peers).map((each) => `The peer ${each} is installed by no command.`),
    ...missing(readme.imports).map((each) => `${each} is imported, and installed by no command.`),
  ]
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
function readerEnv(): NodeJS.ProcessEnv {
  const set = /^(AUTHSEC_|OPENAI_|AI_GATEWAY_|NODE_ENV$|FORCE_COLOR$)/
  const kept = Object.entries(plainEnv()).filter(([name]) => !set.test(name))
  const npm = { npm_config_audit: 'false', npm_config_fund: 'false' }
  const quiet = { npm_config_loglevel: 'error', npm_config_prefer_offline: 'true' }
  return { ...Object.fromEntries(kept), ...npm, ...quiet }
}
