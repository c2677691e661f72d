import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readEntryApi } from '../declarations.ts'
import { npmProject, plainEnv, withOurs } from '../npm-project.ts'
import { entryPoints, type PackedPackage, type Release, type Rule } from '../release.ts'
import { run, tail } from '../run.ts'
import { typeProblems } from '../type-check.ts'

/** Installed by npm in an empty folder, every package can be imported, required, type-checked, and its commands run. */
export const consumers: Rule = async (release) => {
  const results: string[] = []
  for (const packed of release.packages) {
    const problems = await problemsFor(packed, release)
    results.push(...problems.map((problem) => `${packed.name}, installed alone: ${problem}`))
  }
  return results
}

async function problemsFor(packed: PackedPackage, release: Release): Promise<readonly string[]> {
  const project = join(release.scratch, 'consumers', packed.folder)
  const tarballs = withOurs(packed, release.packages).map(({ tarball }) => `file:${tarball}`)
  await npmProject(project, [...tarballs, ...optionalFrameworks(packed)])
  return [
    ...(await loadingProblems(packed, project)),
    ...(await typeProblems(packed, project, release.root)),
    ...(await commandProblems(packed, project)),
  ]
}

/** Optional peers that are frameworks are installed, in the range of the manifest; our own optional peers are not. */
function optionalFrameworks({ manifest }: PackedPackage): string[] {
  const { peerDependencies = {}, peerDependenciesMeta = {} } = manifest
  return Object.entries(peerDependencies)
    .filter(([name]) => peerDependenciesMeta[name]?.optional && !name.startsWith('@authsec/'))
    .map(([name, range]) => `${name}@${range}`)
}

/** `import` and `require` of an entry point give the values that its types declare. */
async function loadingProblems(packed: PackedPackage, project: string): Promise<string[]> {
  const results: string[] = []
  for (const { specifier, types } of entryPoints(packed.manifest)) {
    const installed = join(project, 'node_modules', packed.name, types)
    const promised = readEntryApi(installed).values.join()
    for (const [how, file, code] of [
      ['import', 'load.mjs', `print(await import('${specifier}'))`],
      ['require', 'load.cjs', `print(require('${specifier}'))`],
    ] as const) {
      const print = 'const print = (m) => console.log(Object.keys(m).sort().join())'
      writeFileSync(join(project, file), `${print}\n${code}\n`)
      const { code: exit, stdout, stderr } = await node(file, [], project)
      if (exit !== 0) results.push(`${how} of ${specifier} failed:\n${tail(stderr)}`)
      else if (stdout.trim() !== promised) {
        results.push(
          `${how} of ${specifier} gives ${stdout.trim()}, but its types declare ${promised}.`,
        )
      }
    }
  }
  return results
}

/** Every command prints its help and its version, and nothing on standard error. */
async function commandProblems({ manifest }: PackedPackage, project: string): Promise<string[]> {
  const results: string[] = []
  for (const [name, file] of Object.entries(manifest.bin ?? {})) {
    const path = join('node_modules', manifest.name, file)
    const linked = await run(join(project, 'node_modules/.bin', name), ['--help'], {
      cwd: project,
      env: plainEnv(),
      timeoutMs: 30_000,
    })
    const version = await node(path, ['--version'], project)
    if (linked.code !== 0 || linked.stderr !== '' || !linked.stdout.includes(name)) {
      results.push(
        `${name} --help ended with ${linked.code}:\n${tail(linked.stdout + linked.stderr)}`,
      )
    }
    if (version.stdout.trim() !== manifest.version) {
      results.push(`${name} --version prints ${version.stdout.trim()}, not ${manifest.version}.`)
    }
  }
  return results
}

function node(file: string, args: readonly string[], cwd: string): ReturnType<typeof run> {
  return run(process.execPath, [file, ...args], { cwd, env: plainEnv(), timeoutMs: 60_000 })
}
