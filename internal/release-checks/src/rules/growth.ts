import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readChangesets } from '@changesets/read'
import { KIB, measureFootprints } from '../footprint.ts'
import type { Rule } from '../release.ts'
import { run } from '../run.ts'
import { FOOTPRINT_FILE, recordedSizes } from './footprint-table.ts'

const MOST_GROWTH = 1.1

/** A recorded size is rounded to a tenth of a KiB, so it may be too small by half of that. */
const ROUNDING = 0.05

/**
 * A package that grows by more than 10 % in one change says why: a changeset that names it has a line
 * "Size: …". The rule compares with the sizes that were recorded where the change starts, so it passes
 * where git cannot tell (a shallow clone, no git at all).
 */
export const growth: Rule = async (release) => {
  const base = await startOfChange(release.root)
  const before = recordedSizes((base && (await fileAt(release.root, base, FOOTPRINT_FILE))) ?? '')
  const grown = (await measureFootprints(release)).flatMap(({ packed, bundle }) => {
    const size = before.get(packed.name)
    const isGrown = size !== undefined && bundle.total / KIB > (size + ROUNDING) * MOST_GROWTH
    return isGrown ? [{ name: packed.name, size, now: (bundle.total / KIB).toFixed(1) }] : []
  })
  const explained = new Set(base && grown.length > 0 ? await explanations(release.root, base) : [])
  return grown
    .filter(({ name }) => !explained.has(name))
    .map(
      ({ name, size, now }) =>
        `${name}: its code grew from ${size} to ${now} KiB. Say why in a changeset that names the package, on a line that starts with "Size: ".`,
    )
}

/** The last commit that is in `main`, too; on `main` itself the last commit of all. */
async function startOfChange(root: string): Promise<string | undefined> {
  for (const branch of ['origin/main', 'main']) {
    const { code, stdout } = await run('git', ['merge-base', 'HEAD', branch], { cwd: root })
    if (code === 0) return stdout.trim()
  }
  return undefined
}

async function fileAt(root: string, commit: string, file: string): Promise<string | undefined> {
  const { code, stdout } = await run('git', ['show', `${commit}:./${file}`], { cwd: root })
  return code === 0 ? stdout : undefined
}

/** Packages named by a changeset whose "Size:" line this change has added. */
async function explanations(root: string, base: string): Promise<readonly string[]> {
  const named = (await readChangesets(root)).map(async ({ id, releases }) => {
    const file = `.changeset/${id}.md`
    const reason = sizeLine(
      existsSync(join(root, file)) ? readFileSync(join(root, file), 'utf8') : '',
    )
    const isNew =
      reason !== undefined && reason !== sizeLine((await fileAt(root, base, file)) ?? '')
    return isNew ? releases.map(({ name }) => name) : []
  })
  return (await Promise.all(named)).flat()
}

function sizeLine(changeset: string): string | undefined {
  return /^Size: .{10,}$/m.exec(changeset)?.[0]
}
