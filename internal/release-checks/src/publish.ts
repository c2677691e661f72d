/**
 * `pnpm release`: checks, tests and publishes every version that the registry does not have yet.
 *
 *     pnpm release                  all of it
 *     pnpm release --prepare DIR    check and test, then leave in DIR what is to be published
 *     pnpm release --publish DIR    publish that, and nothing else: no build, no other code
 *     pnpm release --dry-run        what would be published; needs no network and no account
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { checkRelease } from './check-release.ts'
import { root, runCommand, say } from './command-line.ts'
import { digest } from './pack.ts'
import { type RuleName, ruleNames } from './rules.ts'
import { runAloud } from './run.ts'

/** Rules that install from the registry, and cannot be checked without a network. */
const ONLINE: ReadonlySet<RuleName> = new Set(['consumers'])

await runCommand(async () => {
  const { values } = parseArgs({
    options: {
      prepare: { type: 'string' },
      publish: { type: 'string' },
      'dry-run': { type: 'boolean', default: false },
    },
  })
  if (values['dry-run']) return dryRun()
  if (values.prepare) return prepare(resolve(root, values.prepare))
  if (values.publish) return publish(resolve(root, values.publish))
  const folder = mkdtempSync(join(tmpdir(), 'authsec-publish-'))
  try {
    await prepare(folder)
    await publish(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

async function dryRun(): Promise<void> {
  const tarballs = await checkAll(ruleNames.filter((name) => !ONLINE.has(name)))
  say(`Not checked without a network: ${[...ONLINE].join(', ')}.`)
  await runAloud('pnpm', ['--recursive', 'publish', '--dry-run', '--no-git-checks'], root)
  for (const [release, sha256] of tarballs) say(`${release}  sha256 ${sha256}`)
}

/** Leaves tarballs and a plan in the folder; they are, byte by byte, what was checked and tested. */
async function prepare(folder: string): Promise<void> {
  const tarballs = await checkAll(ruleNames)
  await runAloud('pnpm', ['test'], root)
  await runAloud('pnpm', ['exec', 'changeset', 'pack', '--out-dir', folder], root)
  const packed = plannedTarballs(folder)
  for (const { release, file } of packed) {
    if (tarballs.get(release) === digest(file)) continue
    throw new Error(
      `${release} was packed differently from what was checked. Nothing is published.`,
    )
  }
  say(`To be published: ${packed.map(({ release }) => release).join(', ') || 'nothing'}.`)
}

/** Tags are made where the repository may be written to; a job that publishes may not. */
async function publish(folder: string): Promise<void> {
  const args = ['publish', '--no-git-tag', '--from-pack-dir', folder]
  await runAloud('pnpm', ['exec', 'changeset', ...args], root)
}

async function checkAll(names: readonly RuleName[]): Promise<ReadonlyMap<string, string>> {
  const { broken, tarballs } = await checkRelease({ root, names, say })
  if (broken.length > 0) throw new Error(`Broken: ${broken.join(', ')}. Nothing is published.`)
  return tarballs
}

/** The part of Changesets' plan that is read: packages in groups, in the order of publishing. */
interface PublishPlan {
  readonly plan: readonly (readonly {
    readonly name: string
    readonly version: string
    readonly tarball?: { readonly path: string }
  }[])[]
}

function plannedTarballs(folder: string): { release: string; file: string }[] {
  const text = readFileSync(join(folder, 'publish-plan.json'), 'utf8')
  const { plan }: PublishPlan = JSON.parse(text)
  return plan.flat().flatMap(({ name, version, tarball }) => {
    return tarball ? [{ release: `${name}@${version}`, file: join(folder, tarball.path) }] : []
  })
}
